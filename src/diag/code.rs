//! The stable codes of diagnostics. `docs/diagnostics.md` explains each.

macro_rules! codes {
    ($($variant:ident $text:literal $doc:literal)*) => {
        /// The stable code of a diagnostic.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $doc] $variant,)*
        }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns the code as it is printed.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Returns what the code means, one sentence.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $doc,)* }
            }
        }
    };
}

codes! {
    // Any TOML file of ours.
    Syntax "syntax" "The file is not valid TOML."
    NotText "not-text" "The file is not UTF-8 text."
    TooLarge "too-large" "The file is larger than the limit for its kind."
    UnknownKey "unknown-key" "A key that the schema does not know; often a typo."
    MissingKey "missing-key" "A required key is absent."
    WrongType "wrong-type" "A value has another type than its key asks for."
    UnknownValue "unknown-value" "A word that is not one of the allowed ones."
    EmptyValue "empty-value" "A value or list that must not be empty is."
    InvalidDate "invalid-date" "A value that is no date, month or year."
    UnsupportedSchema "unsupported-schema" "The file was written for another version of the schema."

    // Rule files, entities and registries.
    DatesReversed "dates-reversed" "Something ends before it starts."
    DatesConflict "dates-conflict" "Two keys give the same date in different ways; use one of them."
    UnknownEntity "unknown-entity" "No entity file has that id."
    UnknownProduct "unknown-product" "No entity lists a product with that id."
    UnknownCategory "unknown-category" "The registry of categories does not list that word."
    UnknownAudience "unknown-audience" "The registry of audiences does not list that word."
    UnknownJurisdiction "unknown-jurisdiction" "No jurisdiction or group has that code."
    UnknownZone "unknown-zone" "No time zone has that name."
    UnknownRule "unknown-rule" "No rule has that id."
    UnknownMeasure "unknown-measure" "The rule has no measure of that name or effect."
    UnknownCover "unknown-cover" "The rule has no covers entry of that name."
    UnknownList "unknown-list" "A reference by list points to nothing, or in a circle."
    DuplicateId "duplicate-id" "Two files or entries carry the same id or name."
    IdMismatch "id-mismatch" "The id does not agree with the file's name or folder."
    InvalidId "invalid-id" "An id is not made of lower-case words joined by hyphens."
    InvalidIdentifier "invalid-identifier" "An identifier pattern does not parse."
    InvalidRange "invalid-range" "A version range does not parse."
    InvalidShare "invalid-share" "A share is not between 0 and 100 per cent."
    InvalidCitation "invalid-citation" "A source is not an https address."
    MissingDestination "missing-destination" "A destination nexus without destinations, or the other way round."
    EmptyCovers "empty-covers" "A covers entry that holds for everything."
    MissingSource "missing-source" "A rule without its primary source."
    AmbiguousAlias "ambiguous-alias" "Two entities share an alias."
    CommonAlias "common-alias" "An alias is a common word and would match by chance."
    SecondarySource "secondary-source" "The address given as source is no page of a public body."
    NotCovered "not-covered" "An event names what the act does not cover."
    NeverInForce "never-in-force" "A measure that is never in force by its dates."
    UntestedDate "untested-date" "A date of the rule without a test on the day before and on the first day."
    UntestedSister "untested-sister" "A product was given back, and no test shows that its sister is still barred."
    NoNearMiss "no-near-miss" "No inline test of the rule shows an item it does not touch."
    NoTests "no-tests" "A rule without inline tests."
    NeverVerified "never-verified" "A rule that was never held against its source."
    StaleRule "stale-rule" "A rule last held against its source more than 400 days ago."
    ReplacedRule "replaced-rule" "A user's rule replaces a shipped one."
    RuleTestFailed "rule-test-failed" "An inline test of a rule did not give what it expects."

    // Inventories.
    UnknownFormat "unknown-format" "The file was not recognised as any inventory format."
    EmptyInventory "empty-inventory" "The inventory holds no item."
    NoProductColumn "no-product-column" "No column of the table could be taken for the product."
    UnknownColumn "unknown-column" "A named column is not in the table's header."
    UnknownSheet "unknown-sheet" "A named sheet is not in the workbook."
    UnreadRow "unread-row" "A row that could not be read; it is never counted as clear."
    LimitPassed "limit-passed" "Nesting, row length or column count passes the limit."
    UnknownPlace "unknown-place" "A location that names no place we know."
    UnknownGroup "unknown-group" "An audience that the registry does not list."
    AmbiguousAsset "ambiguous-asset" "A list of machines has rows for one machine that contradict each other."
    UnmatchedAsset "unmatched-asset" "Assets of the inventories that the list of machines does not have."
    UnreadableArchive "unreadable-archive" "An archive, or a file in one, that cannot be opened."
    LeftOut "left-out" "Files of a folder or an archive that are not looked at."
    PartlyRead "partly-read" "A format that was recognised only in part."

    // Runs.
    UnreadableFile "unreadable-file" "A file could not be opened, read or written."
    InvalidFlag "invalid-flag" "A flag's value is not one of the allowed ones."
    InvalidConfiguration "invalid-configuration" "The configuration asks for something that cannot be."
    NoSuchItem "no-such-item" "The inventory has no such item."
    RulesTooOld "rules-too-old" "The rule pack is older than allowed."
    RulesAging "rules-aging" "The rule pack is more than 180 days old."
    InvalidReport "invalid-report" "The file is no report that `check` wrote as JSON."
    FindingsLeftOut "findings-left-out" "The saved report counts items whose findings it does not list."
    NoHistory "no-history" "There is no history of runs yet, or the file is none."
    NoSuchRun "no-such-run" "The history has no such run, or no longer its report."
    HistoryDamaged "history-damaged" "The history of runs is damaged, or was altered."
    HistoryNewer "history-newer" "A newer version of the program wrote the history."
    HistoryBusy "history-busy" "Another program holds the history, or another run is under way."
    DiskFull "disk-full" "There is no room left for the history."
    RunCutOff "run-cut-off" "The run before was ended after it was recorded; its outputs are written now."
    EarlierDay "earlier-day" "The run asks about an earlier day than the run before."
    NotSchedulable "not-schedulable" "The format of the scheduler cannot say what is asked for."
    NotSent "not-sent" "A notice could not be sent to somebody who is to be told of changes."
    WaiverExpired "waiver-expired" "A waiver has run out and no longer counts."
    WaiverUnused "waiver-unused" "A waiver that matches no finding."
    WaiverTooLong "waiver-too-long" "A waiver runs longer than allowed."
    WaiverExpiring "waiver-expiring" "A waiver ends within 42 days."
    WaiverTooWide "waiver-too-wide" "A waiver accepts every product, or an effect of every act."
    DecisionUnused "decision-unused" "A decision that settles no match."
    DecisionExpired "decision-expired" "A decision has run out and no longer counts."
    DecisionContradicted "decision-contradicted" "An identifier proves the contrary of a decision; the finding stands."
    BaselineMissing "baseline-missing" "There is no baseline, so that every finding is new."
    InvalidExport "invalid-export" "The file is no export of a fleet, or a part of one is missing."
    StaleVerdicts "stale-verdicts" "The verdicts of a fleet were worked out by other rules, or on other terms."
    VerdictsDisagree "verdicts-disagree" "An item of a fleet stands otherwise by the rules at hand than its verdict says."
    NotEvaluated "not-evaluated" "Rows of a fleet have no verdict; they are never counted as clear."
    InvalidBaseline "invalid-baseline" "The file is no baseline that `baseline write` wrote."
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn codes_are_unique_and_plain() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{} twice", code.as_str());
            assert!(code.as_str().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'));
            assert!(code.meaning().ends_with('.'));
        }
    }
}
