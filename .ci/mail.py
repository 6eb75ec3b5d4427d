"""Receives notices with a mail server that is not ours, and reads them with a parser that is not ours.

    mail.py INTERDICT FOLDER

The names in the inventory try to make up lines of the mail's head; the server refuses the first attempt.
"""

import email
import email.policy
import html.parser
import pathlib
import re
import shutil
import socket
import subprocess
import sys

from aiosmtpd.controller import Controller

interdict, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
wrong = []


def expect(what, holds):
    if not holds:
        wrong.append(what)


class Mailbox:
    """Keeps what arrives; refuses the first."""

    def __init__(self):
        self.refused, self.taken = [], []

    async def handle_DATA(self, server, session, envelope):
        if not self.refused:
            self.refused.append(envelope)
            return "451 not now"
        self.taken.append(envelope)
        return "250 taken"


class Tags(html.parser.HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text = set(), ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)

    def handle_data(self, data):
        self.text += data


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*args, code):
    done = subprocess.run([interdict, *args], cwd=folder, capture_output=True, env={"HOME": str(folder), "NO_COLOR": "1"})
    expect(f"{args}: {done.returncode}: {done.stderr.decode()[-2000:]}", done.returncode in code)
    return done.stdout


shutil.rmtree(folder, ignore_errors=True)
(folder / "exports").mkdir(parents=True)
port = free_port()
recipient = f"""
[[notices.to]]
kind = "email"
server = "127.0.0.1"
port = {port}
tls = "none"
from = '"Prüfung, täglich" <from@example.org>'
to = ["Zoë <to@example.org>", "second@example.org"]
attach = ["html", "xlsx"]
"""
(folder / "interdict.toml").write_text(
    'schema = 1\n[organisation]\njurisdictions = ["US"]\n[[inventories]]\npaths = ["exports/*.csv"]\n'
    + recipient + 'name = "own words"\n' + recipient + 'name = "template"\ntemplate = "words.txt"\n', encoding="utf-8")
(folder / "words.txt").write_text("Subject: {{changes}}\n\n{{changes}}\n.\n.hidden\n{{dates}}\n", encoding="utf-8")
clean = "asset,vendor,product\nb,Mozilla,Firefox\n"
names = ["pc-1\r\nBcc: evil@example.net\r\n\r\n<script>x</script>", "pc-2\nX-Own: 1", "пк-3 \u202e=?utf-8?q?Bcc:_evil@example.net?=", "p" * 3000]
rows = "".join(f'"{name}",Kaspersky Lab,Kaspersky Plus\n' for name in names)
fleet = folder / "exports" / "fleet.csv"
fleet.write_bytes(clean.encode())
mailbox = Mailbox()
controller = Controller(mailbox, hostname="127.0.0.1", port=port)
controller.start()
try:
    run("run", "--as-of", "2024-10-01", code=[0])
    expect("the first run tells nobody", not mailbox.taken)
    fleet.write_bytes((clean + rows).encode())
    run("run", "--as-of", "2024-10-02", code=[1])
finally:
    controller.stop()

expect(f"one was refused, two taken: {len(mailbox.taken)}", len(mailbox.refused) == 1 and len(mailbox.taken) == 2)
expect("what was refused is sent again as it was", mailbox.taken and mailbox.refused[0].content == mailbox.taken[0].content)
ids = set()
for envelope in mailbox.taken:
    raw = envelope.content
    expect("receivers are those of the configuration", envelope.rcpt_tos == ["to@example.org", "second@example.org"])
    expect("lines end with CR LF", not re.search(rb"(?<!\r)\n|\r(?!\n)", raw))
    expect("lines are of 998 bytes at most", max(map(len, raw.split(b"\r\n"))) <= 998)
    expect("all is ASCII", raw.isascii())
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    for part in mail.walk():
        expect(f"{part.get_content_type()}: {part.defects}", not part.defects)
    heads = ["From", "Subject", "Message-ID", "Date", "Auto-Submitted", "To", "Content-Type", "MIME-Version"]
    expect(f"heads: {mail.keys()}", sorted(map(str.lower, mail.keys())) == sorted(map(str.lower, heads)))
    for name, value in mail.items():
        expect(f"{name}: {getattr(value, 'defects', ())}", not getattr(value, "defects", ()))
        expect(f"{name} is one line", not re.search(r"[\r\n]", value))
    expect(f"From: {mail['From']}", [one.addr_spec for one in mail["From"].addresses] == ["from@example.org"])
    expect(f"From: {mail['From']}", mail["From"].addresses[0].display_name == "Prüfung, täglich")
    expect(f"To: {mail['To']}", mail["To"].addresses[0].display_name == "Zoë")
    ids.add(mail["Message-ID"])
    texts = {kind: mail.get_body((kind,)) for kind in ("plain", "html")}
    expect("there is a text and a page", all(texts.values()))
    plain, page = (texts[kind].get_content() for kind in ("plain", "html"))
    expect("they are UTF-8", all(part.get_content_charset() == "utf-8" for part in texts.values()))
    for text in (plain, Tags(page).text):
        expect("the name is in the text", "пк-3" in text and "Kaspersky Plus" in text)
        expect("no line is made up", not re.search(r"^(Bcc|X-Own)", text, re.M))
        expect("nothing steers who reads it", not re.search("[\u202e\x1b]", text))
    expect(f"tags: {Tags(page).tags}", Tags(page).tags <= {"html", "head", "meta", "title", "body", "div"})
    attached = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
    expect(f"attachments: {attached.keys()}", set(attached) == {"interdict-2024-10-02.html", "interdict-2024-10-02.xlsx"})
    expect("the page is that of the history", attached.get("interdict-2024-10-02.html") == run("history", "show", "latest", "-o", "html", code=[0]))
    expect("the workbook is one", attached.get("interdict-2024-10-02.xlsx", b"").startswith(b"PK\x03\x04"))
subjects = [email.message_from_bytes(envelope.content, policy=email.policy.default)["Subject"] for envelope in mailbox.taken]
expect(f"subject: {subjects[:1]}", subjects and re.fullmatch(r"interdict: \d+ new on 2024-10-02", subjects[0]))
expect(f"subject: {subjects[1:]}", len(subjects) == 2 and "пк-3" in subjects[1] and "Bcc: evil" in subjects[1])
expect("each notice has an id of its own", len(ids) == 2)
second = mailbox.taken[-1].content if mailbox.taken else b""
expect("a dot alone does not end the mail", b".hidden" in second)
for one in wrong:
    print(one)
print(f"mail: {len(mailbox.taken)} mails, {len(wrong)} problems")
sys.exit(bool(wrong))
