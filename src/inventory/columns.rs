//! Which column of a table is which field: the headers of the usual exports, and `--column`.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::LazyLock;

use foldhash::fast::FixedState;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{Options, Refusal, clip};
use crate::diag::{self, Code};
use crate::model::IdentifierKind;

macro_rules! fields {
    ($($variant:ident $word:literal $doc:literal)*) => {
        /// What a column of a table may hold.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
        pub enum Field {
            $(#[doc = $doc] $variant,)*
        }

        impl Field {
            /// Every field.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns the word for `--column`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// Returns what the field is, one sentence.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $doc,)* }
            }
        }
    };
}

// In the order in which headers are given out: where one header fits two fields, the first takes it.
fields! {
    Product "product" "Product name as displayed."
    Vendor "vendor" "Who makes or publishes the product."
    Version "version" "Version as written."
    Cpe "cpe" "Common Platform Enumeration name."
    Purl "purl" "Package URL."
    BundleId "bundle-id" "Reverse-domain id of a macOS or mobile application."
    PackageId "package-id" "Id in a package manager or application store."
    Signer "signer" "Subject of the certificate that signed it."
    Location "location" "Where the asset is: a code or a country's name."
    Audience "audience" "Audience the asset belongs to."
    Quantity "quantity" "How many."
    Acquired "acquired" "When it was acquired, or else installed."
    Renewal "renewal" "When it is to be renewed or runs out."
    Owner "owner" "Who answers for the asset."
    Asset "asset" "The machine, image, site or person that has the item."
}

impl Field {
    /// Returns the field of a word, in any case and with `_` for `-`.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.trim().to_lowercase().replace(['_', ' '], "-");
        Self::ALL.iter().copied().find(|field| field.as_str() == word)
    }

    /// Returns the kind of identifier that the field holds, if any.
    pub(super) fn identifier(self) -> Option<IdentifierKind> {
        match self {
            Self::Cpe => Some(IdentifierKind::Cpe),
            Self::Purl => Some(IdentifierKind::Purl),
            Self::BundleId => Some(IdentifierKind::BundleId),
            Self::PackageId => Some(IdentifierKind::PackageId),
            Self::Signer => Some(IdentifierKind::Signer),
            _ => None,
        }
    }

    /// Whether a table with nothing but this field could still be checked.
    fn identifies(self) -> bool {
        matches!(self, Self::Product | Self::Cpe | Self::Purl | Self::BundleId)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The headers of each field in the usual exports, the surest first. Case, spaces, punctuation
/// and accents do not count.
const KNOWN: &[(Field, &[&str])] = &[
    (
        Field::Product,
        &[
            // PowerShell registry exports, Intune, Defender, Configuration Manager, Lansweeper, Jamf, ServiceNow, Snipe-IT.
            "DisplayName",
            "DisplayName0",
            "ARPDisplayName",
            "Software Name",
            "Software",
            "Software Title",
            "Software Product",
            "Application Name",
            "Application Title",
            "Application",
            "App Name",
            "App",
            "Program Name",
            "Program",
            "Product Name",
            "ProductName0",
            "Product",
            "Installed Software",
            "Installed Application",
            "Package Name",
            "Package",
            "Component",
            "Component Name",
            "Item Name",
            "Item",
            "Normalized Name",
            "Title",
            "ARPDisplayName0",
            "Software Full Name",
            "Discovered Product",
            "Normalized Product",
            "norm_product",
            "Suite Name",
            "data.vulnerability.package.name",
            "vulnerability.package.name",
            "_source.package.name",
            "Caption",
            // Other languages.
            "Produktname",
            "Produkt",
            "Softwarename",
            "Anwendung",
            "Anwendungsname",
            "Programm",
            "Programmname",
            "Anzeigename",
            "Bezeichnung",
            "Produit",
            "Nom du produit",
            "Logiciel",
            "Nom du logiciel",
            "Nom de l'application",
            "Programme",
            "Producto",
            "Nombre del producto",
            "Programa",
            "Aplicación",
            "Nombre de la aplicación",
            "Продукт",
            "Программа",
            "Название программы",
            "Программное обеспечение",
            "Приложение",
            "ПО",
            "Наименование ПО",
            "Наименование",
            "Название",
            "Nazwa produktu",
            "Nazwa programu",
            "Nazwa oprogramowania",
            "Oprogramowanie",
            "Aplikacja",
            "Prodotto",
            "Nome prodotto",
            "Programma",
            "Applicazione",
            "Produto",
            "Nome do produto",
            "Aplicativo",
            "Aplicação",
            "製品名",
            "製品",
            "ソフトウェア名",
            "ソフトウェア",
            "アプリケーション名",
            "アプリ名",
            "表示名",
            "产品名称",
            "产品",
            "软件名称",
            "软件",
            "应用名称",
            "应用程序",
            "產品名稱",
            "軟體名稱",
            "名前",
            "名称",
            "名稱",
            "Nombre",
            "Nome",
            "Nom",
            "Nazwa",
            "Имя",
            "Name",
            "License Name",
            "Licence Name",
            "License Product",
        ],
    ),
    (
        Field::Vendor,
        &[
            // Beside a publisher or a manufacturer, a vendor is who sold it.
            "Software Publisher",
            "Application Publisher",
            "App Publisher",
            "Publisher",
            "Publisher0",
            "Publisher Name",
            "Discovered Publisher",
            "Normalized Publisher",
            "norm_publisher",
            "Software Manufacturer",
            "Software Vendor",
            "Manufacturer",
            "Vendor",
            "Vendor Name",
            "package.vendor",
            "Maker",
            "Developer",
            "Vendor Project",
            "Company Name",
            "Hersteller",
            "Herausgeber",
            "Anwendungsherausgeber",
            "Softwarehersteller",
            "Anbieter",
            "Entwickler",
            "Éditeur",
            "Fabricant",
            "Fabricante",
            "Editor",
            "Proveedor",
            "Desarrollador",
            "Производитель",
            "Издатель",
            "Разработчик",
            "Вендор",
            "Поставщик ПО",
            "Producent",
            "Wydawca",
            "Dostawca",
            "Produttore",
            "Editore",
            "Fornitore",
            "Fornecedor",
            "Editora",
            "Desenvolvedor",
            "発行元",
            "ベンダー",
            "製造元",
            "メーカー",
            "开发商",
            "厂商",
            "供应商",
            "发布者",
            "發行者",
            "廠商",
            "Author",
        ],
    ),
    (
        Field::Version,
        &[
            "DisplayVersion",
            "DisplayVersion0",
            "Version",
            "Version0",
            "Software Version",
            "Application Version",
            "Bundle Short Version",
            "Bundle Version",
            "Discovered Version",
            "norm_version",
            "Application Short Version",
            "App Version",
            "Product Version",
            "ProductVersion0",
            "Package Version",
            "Program Version",
            "Installed Version",
            "Normalized Version",
            "Full Version",
            "Versions - Name",
            "Versions - Nom",
            "Versionen - Name",
            "package.version",
            "data.vulnerability.package.version",
            "Anwendungsversion",
            "Versionsnummer",
            "Programmversion",
            "Produktversion",
            "Numéro de version",
            "Versión",
            "Версия",
            "Wersja",
            "Versione",
            "Versão",
            "バージョン",
            "版本",
            "版本号",
        ],
    ),
    (Field::Cpe, &["CPE", "CPE 2.3", "CPE23", "CPE Name", "Product Code CPE", "CPE URI", "definition.cpe"]),
    (Field::Purl, &["purl", "Package URL", "PackageURL"]),
    (Field::BundleId, &["Bundle ID", "Bundle Identifier", "CFBundleIdentifier", "App Bundle ID"]),
    (
        Field::PackageId,
        &[
            "Package ID",
            "Package Identifier",
            "Winget ID",
            "Package Family Name",
            "Chocolatey ID",
            "App Store ID",
            "Store ID",
            "Extension ID",
        ],
    ),
    (Field::Signer, &["Signer", "Signed By", "Signature Subject", "Signer Subject", "Certificate Subject", "Code Signer"]),
    (
        Field::Location,
        &[
            "Country",
            "Country Code",
            "Country/Region",
            "Country or Region",
            "Location Country",
            "location.country",
            "installed_on.location.country",
            "Office Country",
            "Usage Location",
            "Land/Region",
            "Pays/Région",
            "País/Región",
            "国家/地区",
            "Asset Country",
            "Device Country",
            "Land",
            "Länderkürzel",
            "Pays",
            "País",
            "Страна",
            "Kraj",
            "Paese",
            "Nazione",
            "国",
            "国家",
            "國家",
            "Location",
            "Location Name",
            "Asset Location",
            "Site",
            "Standort",
            "Lieu",
            "Emplacement",
            "Ubicación",
            "Местоположение",
            "Расположение",
            "Lokalizacja",
            "Posizione",
            "Sede",
            "Localização",
            "所在地",
            "地点",
            "位置",
        ],
    ),
    (Field::Audience, &["Audience", "Audiences", "Business Unit"]),
    (
        Field::Quantity,
        &[
            "Quantity",
            "Qty",
            "Seats",
            "License Count",
            "Licence Count",
            "Licenses",
            "Licences",
            "Device Count",
            "Devices",
            "Installations",
            "Installs",
            "Install Count",
            "Installation Count",
            "Number of Installations",
            "Number Deployed",
            "Number of Devices",
            "Number of Computers",
            "Number of Endpoints",
            "Number of Instances",
            "Installed Devices",
            "Installed Count",
            "Instance Count",
            "Computer Count",
            "Machine Count",
            "Endpoint Count",
            "Host Count",
            "Hosts Count",
            "Total Installs",
            "Total Installations",
            "Total Seats",
            "Total Licenses",
            "Purchased Rights",
            "Rights",
            "Entitlements",
            "Count",
            "nbre",
            "Anzahl",
            "Anzahl Installationen",
            "Anzahl der Installationen",
            "Geräteanzahl",
            "Anzahl Geräte",
            "Menge",
            "Stückzahl",
            "Lizenzen",
            "Quantité",
            "Nombre d'installations",
            "Nombre d'appareils",
            "Nombre de postes",
            "Número de instalaciones",
            "Número de dispositivos",
            "Количество установок",
            "Количество устройств",
            "Liczba instalacji",
            "Liczba urządzeń",
            "インストール数",
            "デバイス数",
            "安装数量",
            "设备数",
            "Cantidad",
            "Количество",
            "Кол-во",
            "Ilość",
            "Liczba",
            "Quantità",
            "Quantidade",
            "数量",
            "台数",
        ],
    ),
    (
        Field::Acquired,
        &[
            "Acquired",
            "Acquisition Date",
            "Date Acquired",
            "Purchase Date",
            "Purchased",
            "Date of Purchase",
            "Order Date",
            "Kaufdatum",
            "Anschaffungsdatum",
            "Bestelldatum",
            "Date d'achat",
            "Date d'acquisition",
            "Fecha de compra",
            "Дата покупки",
            "Дата приобретения",
            "Data zakupu",
            "Data di acquisto",
            "Data de compra",
            "購入日",
            "购买日期",
            "Install Date",
            "InstallDate0",
            "Application Install Date",
            "App Install Date",
            "Software Install Date",
            "Installed Date",
            "Date Installed",
            "Installation Date",
            "Installed On",
            "Installed",
            "Installationsdatum",
            "Installiert am",
            "Date d'installation",
            "Fecha de instalación",
            "Дата установки",
            "Data instalacji",
            "Data di installazione",
            "Data de instalação",
            "インストール日",
            "安装日期",
        ],
    ),
    (
        Field::Renewal,
        &[
            "Renewal",
            "Renewal Date",
            "Renews On",
            "Next Renewal",
            "Expiration Date",
            "End Date",
            "Maintenance End",
            "Subscription End Date",
            "Expiration",
            "Expiry Date",
            "Expiry",
            "Expires",
            "Expires On",
            "License Expiration",
            "Licence Expiry",
            "Subscription End",
            "Contract End",
            "Termination Date",
            "Ablaufdatum",
            "Verlängerung",
            "Vertragsende",
            "Lizenzende",
            "Gültig bis",
            "Date d'expiration",
            "Renouvellement",
            "Fecha de vencimiento",
            "Renovación",
            "Дата окончания",
            "Срок действия",
            "Действует до",
            "Data wygaśnięcia",
            "Data di scadenza",
            "Scadenza",
            "Data de expiração",
            "更新日",
            "有効期限",
            "到期日",
            "到期日期",
        ],
    ),
    (
        Field::Owner,
        &[
            "Owner",
            "Asset Owner",
            "Owned By",
            "Device Owner",
            "Managed By",
            "Responsible",
            "Responsible Person",
            "Verantwortlich",
            "Verantwortlicher",
            "Besitzer",
            "Eigentümer",
            "Propriétaire",
            "Responsable",
            "Propietario",
            "Владелец",
            "Ответственный",
            "Właściciel",
            "Osoba odpowiedzialna",
            "Proprietario",
            "Responsabile",
            "Proprietário",
            "Responsável",
            "所有者",
            "管理者",
            "责任人",
            "負責人",
        ],
    ),
    (
        Field::Asset,
        &[
            "Asset",
            "Asset Name",
            "Asset Tag",
            "Host",
            "Hostname",
            "Host Name",
            "Host Identifier",
            "Computer",
            "Computer Name",
            "PSComputerName",
            "Device",
            "Device Name",
            "Machine",
            "Machine Name",
            "PC",
            "PC Name",
            "Workstation",
            "Server",
            "Server Name",
            "DNS Name",
            "DNS Hostname",
            "Netbios Name",
            "Netbios_Name0",
            "Name0",
            "SystemName0",
            "Computer Netbios Name",
            "Agent Name",
            "asset.host_name",
            "System Name",
            "System",
            "Endpoint",
            "Endpoint Name",
            "FQDN",
            "Client Name",
            "Node",
            "Gerät",
            "Gerätename",
            "Rechner",
            "Rechnername",
            "Computername",
            "Ordinateur",
            "Nom de l'ordinateur",
            "Poste",
            "Appareil",
            "Equipo",
            "Nombre del equipo",
            "Ordenador",
            "Dispositivo",
            "Компьютер",
            "Имя компьютера",
            "Устройство",
            "Имя устройства",
            "Хост",
            "Komputer",
            "Nazwa komputera",
            "Urządzenie",
            "Nome computer",
            "Nome do computador",
            "Computador",
            "Máquina",
            "コンピューター名",
            "コンピュータ名",
            "ホスト名",
            "端末名",
            "计算机名",
            "计算机名称",
            "设备名称",
            "主机名",
            "電腦名稱",
            "Assigned To",
            "Checked Out To",
            "Username",
            "User",
            "Full Name",
            "Benutzer",
            "Utilisateur",
            "Usuario",
            "Пользователь",
            "Użytkownik",
            "Utente",
            "Device ID",
            // Where it is no date.
            "Installed On",
        ],
    ),
];

/// Names of a machine in a list of machines, those first that other inventories call it by.
const MACHINES: &[&str] = &[
    "Hostname",
    "Host Name",
    "Host",
    "Computer Name",
    "Device Name",
    "Machine Name",
    "DNS Name",
    "DNS Hostname",
    "Netbios Name",
    "Netbios_Name0",
    "System Name",
    "Server Name",
    "Endpoint Name",
    "PC Name",
    "Asset Name",
    "CI Name",
    "Configuration Item",
    "Computer",
    "Device",
    "Machine",
    "Workstation",
    "Server",
    "Endpoint",
    "System",
    "Node",
    "Name0",
    "Rechnername",
    "Gerätename",
    "Computername",
    "Rechner",
    "Gerät",
    "Nom de l'ordinateur",
    "Ordinateur",
    "Poste",
    "Appareil",
    "Nombre del equipo",
    "Equipo",
    "Имя компьютера",
    "Компьютер",
    "Имя устройства",
    "Устройство",
    "Хост",
    "Nazwa komputera",
    "Komputer",
    "Nome computer",
    "Nome do computador",
    "コンピューター名",
    "コンピュータ名",
    "ホスト名",
    "端末名",
    "计算机名",
    "计算机名称",
    "设备名称",
    "主机名",
    "電腦名稱",
    "Name",
    "Nom",
    "Nombre",
    "Nome",
    "Nazwa",
    "Имя",
    "名称",
    "Display Name",
    "FQDN",
    "Asset",
    "Asset Tag",
    "Asset ID",
    "Serial Number",
];

/// Persons in a list of machines.
const PERSONS: &[&str] = &[
    "Assigned To",
    "Assigned User",
    "Primary User",
    "User",
    "Username",
    "User Name",
    "Benutzer",
    "Utilisateur",
    "Usuario",
    "Пользователь",
];

/// Returns the headers that are known for a field, the surest first.
#[must_use]
pub fn known_headers(field: Field) -> &'static [&'static str] {
    KNOWN.iter().find(|(known, _)| *known == field).map_or(&[], |(_, headers)| headers)
}

/// Fields by folded header, with the rank of the header in each.
type ByHeader = HashMap<String, Vec<(Field, usize)>, FixedState>;

/// Each known header.
static BY_HEADER: LazyLock<ByHeader> = LazyLock::new(|| {
    let mut by_header = ByHeader::with_capacity_and_hasher(1024, FixedState::default());
    for &(field, headers) in KNOWN {
        for (rank, header) in headers.iter().enumerate() {
            by_header.entry(fold(header)).or_default().push((field, rank));
        }
    }
    by_header
});

/// Returns the fields that a header is known for, with its rank in each.
fn known(header: &str) -> Option<&'static Vec<(Field, usize)>> {
    let own = || header.trim().strip_prefix("u_").or_else(|| header.trim().strip_prefix("x_"));
    // Fields that a customer of ServiceNow adds begin so.
    BY_HEADER.get(&fold(header)).or_else(|| BY_HEADER.get(&fold(own()?)))
}

/// Folds a header: lower case, without accents, spaces and punctuation.
fn fold(header: &str) -> String {
    let mut folded = String::with_capacity(header.len());
    if header.is_ascii() {
        let letters = header.bytes().filter(u8::is_ascii_alphanumeric);
        folded.extend(letters.map(|letter| char::from(letter.to_ascii_lowercase())));
    } else {
        let letters = header.nfkd().filter(|&letter| !is_combining_mark(letter)).flat_map(char::to_lowercase);
        folded.extend(letters.filter(|letter| letter.is_alphanumeric()));
    }
    folded
}

/// Returns how many fields the headers of the usual exports give, and whether the product is one; in a
/// list of machines, whether the machine is.
pub(super) fn recognised(headers: &[&str], options: &Options) -> Recognised {
    if options.lists_assets {
        let mapping = Mapping::of_assets(headers);
        return Recognised { count: mapping.pairs().len(), named: mapping.column(Field::Asset) != NONE };
    }
    let mut fields = BTreeSet::new();
    for header in headers.iter().filter(|header| header.len() <= 80) {
        fields.extend(known(header).into_iter().flatten().map(|&(field, _)| field));
    }
    let fields = fields.into_iter().collect::<Vec<_>>();
    // One header counts for one field.
    let count = fields.len().min(headers.len());
    Recognised { count, named: fields.iter().any(|field| field.identifies()) }
}

/// Returns the fields that a header could be, with its rank among the headers of each.
pub(super) fn meanings(header: &str) -> &'static [(Field, usize)] {
    if header.len() > 80 {
        return &[];
    }
    BY_HEADER.get(&fold(header)).map_or(&[], Vec::as_slice)
}

/// What the usual headers make of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, PartialOrd, Ord)]
pub(super) struct Recognised {
    /// How many fields were found.
    pub(super) count: usize,
    /// Whether one of them says what the item is.
    pub(super) named: bool,
}

/// Returns whether a row holds all the headers that the user named.
pub(super) fn holds_named(headers: &[&str], options: &Options) -> bool {
    named(options).all(|header| position(headers, header).is_some())
}

/// Returns whether the user named a header, and not only columns by their numbers.
pub(super) fn by_name(options: &Options) -> bool {
    named(options).any(|header| number(header).is_none())
}

/// Returns all headers that the user named.
fn named(options: &Options) -> impl Iterator<Item = &String> {
    options.columns.iter().map(|(_, header)| header).chain(options.joined.iter().flat_map(|(_, headers, _)| headers))
}

/// Returns whether the user gives the column that says what the items are by its number.
pub(super) fn by_number(options: &Options) -> bool {
    options.columns.iter().any(|(field, header)| field.identifies() && number(header).is_some())
}

/// Returns the index of a column given as `#1`.
fn number(wanted: &str) -> Option<usize> {
    wanted.trim().strip_prefix('#')?.parse::<usize>().ok()?.checked_sub(1)
}

fn position(headers: &[&str], wanted: &str) -> Option<usize> {
    if let Some(column) = number(wanted) {
        return (column < headers.len()).then_some(column);
    }
    let exact = headers.iter().position(|header| header.trim() == wanted.trim());
    exact.or_else(|| headers.iter().position(|header| !header.is_empty() && fold(header) == fold(wanted)))
}

/// No column: beyond every row.
const NONE: usize = usize::MAX;
/// From here on, a column is one of those put together.
pub(super) const JOINED: usize = usize::MAX / 2;

/// Which column serves which field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Mapping {
    by_field: [usize; Field::ALL.len()],
    /// Another name column, for rows whose product column is empty.
    pub(super) other_product: usize,
    /// Columns that are put together, and what stands between.
    pub(super) joined: Vec<(Vec<usize>, String)>,
}

impl Mapping {
    /// Gives the headers out: first as the user says, then by rank, one header for one field.
    pub(super) fn new(headers: &[&str], options: &Options) -> Result<Self, Refusal> {
        let mut mapping = Self { by_field: [NONE; Field::ALL.len()], other_product: NONE, joined: Vec::new() };
        let mut free = vec![true; headers.len()];
        for (field, header) in &options.columns {
            let column = position(headers, header).ok_or_else(|| unknown_column(headers, *field, header))?;
            if !std::mem::take(&mut free[column]) {
                let reason = format!("column {} cannot serve two fields", clip::quote(headers[column]));
                return Err(Refusal::new(Code::UnknownColumn, reason).help("name each header in one `--column` only"));
            }
            mapping.by_field[*field as usize] = column;
        }
        for (field, wanted, between) in &options.joined {
            let find = |header: &String| position(headers, header).ok_or_else(|| unknown_column(headers, *field, header));
            let columns: Vec<usize> = wanted.iter().map(find).collect::<Result<_, _>>()?;
            columns.iter().for_each(|&column| free[column] = false);
            mapping.by_field[*field as usize] = JOINED + mapping.joined.len();
            mapping.joined.push((columns, between.clone()));
        }
        if options.lists_assets {
            mapping.list_assets(headers);
            return Ok(mapping);
        }
        let known: Vec<_> = headers.iter().map(|header| known(header)).collect();
        let best = |field: Field, free: &[bool]| {
            let rank = |column: usize| known[column]?.iter().find(|(other, _)| *other == field).map(|&(_, rank)| rank);
            (0..headers.len()).filter(|&column| free[column]).filter_map(|column| Some((rank(column)?, column))).min()
        };
        for &field in Field::ALL {
            if mapping.by_field[field as usize] == NONE
                && let Some((_, column)) = best(field, &free)
            {
                free[column] = false;
                mapping.by_field[field as usize] = column;
            }
        }
        let given = options.joined.iter().any(|(field, ..)| *field == Field::Product)
            || options.columns.iter().any(|(field, _)| *field == Field::Product);
        if let Some((_, column)) = best(Field::Product, &free).filter(|_| !given) {
            mapping.other_product = column;
        }
        Ok(mapping)
    }

    /// Makes the column `Installed On` the asset's, where its values are no dates: some programs mean
    /// the day by it, others the machine.
    pub(super) fn installed_on(&mut self, headers: &[&str], is_date: impl FnOnce(usize) -> bool) {
        let column = self.column(Field::Acquired);
        let is_meant = headers.get(column).is_some_and(|header| fold(header) == "installedon");
        if is_meant && self.column(Field::Asset) == NONE && !is_date(column) {
            self.by_field[Field::Acquired as usize] = NONE;
            self.by_field[Field::Asset as usize] = column;
        }
    }

    fn of_assets(headers: &[&str]) -> Self {
        let mut mapping = Self { by_field: [NONE; Field::ALL.len()], other_product: NONE, joined: Vec::new() };
        mapping.list_assets(headers);
        mapping
    }

    /// Finds the columns of a table that lists machines: the one that the rows of other inventories
    /// name first. A person named in it is no machine, but who answers for it.
    fn list_assets(&mut self, headers: &[&str]) {
        let folded: Vec<String> = headers.iter().map(|header| fold(header.trim().trim_start_matches("u_"))).collect();
        let best = |names: &[&str]| names.iter().find_map(|name| folded.iter().position(|header| *header == fold(name)));
        let names = |field: Field| known_headers(field).to_vec();
        for (field, names) in [
            (Field::Asset, MACHINES.to_vec()),
            (Field::Location, names(Field::Location)),
            (Field::Audience, names(Field::Audience)),
            (Field::Owner, [known_headers(Field::Owner), PERSONS].concat()),
        ] {
            if self.by_field[field as usize] == NONE {
                self.by_field[field as usize] = best(&names).unwrap_or(NONE);
            }
        }
    }

    /// Returns the column of a field; beyond every row where there is none.
    pub(super) fn column(&self, field: Field) -> usize {
        self.by_field[field as usize]
    }

    /// Returns whether the table says what its items are.
    pub(super) fn identifies(&self, options: &Options) -> bool {
        if options.lists_assets {
            return self.column(Field::Asset) != NONE;
        }
        Field::ALL.iter().any(|&field| field.identifies() && self.column(field) != NONE)
    }

    /// Returns the fields that have a column, with that column, in the order of the columns.
    pub(super) fn pairs(&self) -> Vec<(usize, Field)> {
        let mut pairs: Vec<_> = Field::ALL.iter().map(|&field| (self.column(field), field)).collect();
        pairs.push((self.other_product, Field::Product));
        for (column, field) in pairs.clone() {
            let parts = self.joined.get(column.wrapping_sub(JOINED)).into_iter().flat_map(|(parts, _)| parts);
            pairs.extend(parts.map(|&part| (part, field)));
        }
        pairs.retain(|&(column, _)| column < JOINED);
        pairs.sort_unstable();
        pairs
    }
}

fn unknown_column(headers: &[&str], field: Field, header: &str) -> Refusal {
    let reason = format!("the table has no column {} to take for {field}", clip::quote(header));
    let help = match diag::nearest(header.trim(), headers.iter().copied()) {
        Some(near) => format!("did you mean {}?", clip::quote(near)),
        None => format!("its columns are {}", clip::list(headers.iter().copied(), 30)),
    };
    Refusal::new(Code::UnknownColumn, reason).help(help)
}

/// Says that no column names the product, or the machine in a list of machines.
pub(super) fn no_product(headers: &[&str], options: &Options) -> Refusal {
    if options.lists_assets {
        let seen = clip::list(headers.iter().copied(), 30);
        let reason = format!("no column of the table could be taken for the name of the asset; its columns are {seen}");
        return Refusal::new(Code::NoProductColumn, reason)
            .help("call it `hostname` or `asset`, and the others `location`, `audience`, `owner`");
    }
    let seen = clip::list(headers.iter().copied(), 30);
    Refusal::new(Code::NoProductColumn, format!("no column of the table could be taken for the product; its columns are {seen}"))
        .help("say which one it is with `--column product=HEADER`, or `--column product=#1` where there is no header")
}

/// Says that the header seen at first is none when the file is read as a whole.
pub(super) fn lost_header(line: u64) -> Refusal {
    let reason = format!("the header in line {line} lies inside quotation marks that open before it");
    Refusal::new(Code::NoProductColumn, reason).line(line).help("remove the lines before the header")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn understood(headers: &[&str]) -> Vec<(usize, Field)> {
        Mapping::new(headers, &Options::default()).expect("no options").pairs()
    }

    #[test]
    fn the_usual_exports_are_known() {
        use Field::*;
        type Case<'a> = (&'a [&'a str], &'a [(usize, Field)]);
        let cases: &[Case<'_>] = &[
            (
                &["DisplayName", "DisplayVersion", "Publisher", "InstallDate"],
                &[(0, Product), (1, Version), (2, Vendor), (3, Acquired)],
            ),
            (
                &["Display name", "Version", "Publisher", "Installed on", "Install date", "u_country"],
                &[(0, Product), (1, Version), (2, Vendor), (3, Asset), (4, Acquired), (5, Location)],
            ),
            (&["Model", "Vendor", "Manufacturer", "Product"], &[(2, Vendor), (3, Product)]),
            (&["Publisher", "name", "Version", "Category", "nbre", ""], &[(0, Vendor), (1, Product), (2, Version), (4, Quantity)]),
            (&["Name", "Version", "Vendor", "InstallDate"], &[(0, Product), (1, Version), (2, Vendor), (3, Acquired)]),
            (
                &["host", "publisher", "product", "version", "country"],
                &[(0, Asset), (1, Vendor), (2, Product), (3, Version), (4, Location)],
            ),
            (
                &["DeviceName", "softwareVendor", "softwareName", "softwareVersion", "productCodeCpe"],
                &[(0, Asset), (1, Vendor), (2, Product), (3, Version), (4, Cpe)],
            ),
            (
                &["ApplicationName", "ApplicationPublisher", "ApplicationShortVersion", "Device name", "Platform"],
                &[(0, Product), (1, Vendor), (2, Version), (3, Asset)],
            ),
            (
                &["Netbios_Name0", "ARPDisplayName", "Publisher0", "Version0"],
                &[(0, Asset), (1, Product), (2, Vendor), (3, Version)],
            ),
            (
                &["Item name", "manufacturer", "purchase date", "expiration date", "seats", "Full Name"],
                &[(0, Product), (1, Vendor), (2, Acquired), (3, Renewal), (4, Quantity), (5, Asset)],
            ),
            (
                &["Rechnername", "Hersteller", "Produkt", "Version", "Land", "Anzahl"],
                &[(0, Asset), (1, Vendor), (2, Product), (3, Version), (4, Location), (5, Quantity)],
            ),
            (&["Компьютер", "Название программы", "Издатель", "Версия"], &[(0, Asset), (1, Product), (2, Vendor), (3, Version)]),
            (&["计算机名", "软件名称", "版本", "厂商"], &[(0, Asset), (1, Product), (2, Version), (3, Vendor)]),
            (&["Logiciel", "Editeur", "Version", "Ordinateur"], &[(0, Product), (1, Vendor), (2, Version), (3, Asset)]),
        ];
        for (headers, expected) in cases {
            assert_eq!(understood(headers), *expected, "{headers:?}");
        }
    }

    #[test]
    fn the_display_name_beats_the_name() {
        let headers = ["Name", "PackageFullName", "DisplayName", "DisplayVersion", "Publisher"];
        let mapping = Mapping::new(&headers, &Options::default()).expect("no options");
        assert_eq!((mapping.column(Field::Product), mapping.other_product), (2, 0));
    }

    #[test]
    fn no_header_serves_two_fields() {
        let headers: Vec<_> = KNOWN.iter().flat_map(|(_, headers)| headers.iter().copied()).collect();
        let pairs = understood(&headers);
        let columns: BTreeSet<_> = pairs.iter().map(|&(column, _)| column).collect();
        assert_eq!(columns.len(), pairs.len());
    }

    #[test]
    fn known_headers_are_listed_once() {
        for &(field, headers) in KNOWN {
            let mut seen = BTreeSet::new();
            for header in headers {
                assert!(!fold(header).is_empty(), "{header}");
                assert!(seen.insert(*header), "{field}: {header} twice");
            }
        }
        assert!(Field::ALL.iter().all(|&field| !known_headers(field).is_empty()));
        assert!(Field::ALL.iter().all(|&field| Field::parse(field.as_str()) == Some(field)));
    }

    #[test]
    fn the_user_has_the_last_word() {
        let options = |columns: &[(Field, &str)]| Options {
            columns: columns.iter().map(|&(field, header)| (field, header.to_owned())).collect(),
            ..Options::default()
        };
        let headers = ["Name", "Tool", "Made by"];
        let mapping = Mapping::new(&headers, &options(&[(Field::Product, "tool"), (Field::Vendor, "Made by")])).expect("known");
        assert_eq!(mapping.pairs(), [(1, Field::Product), (2, Field::Vendor)]);
        let refusal = Mapping::new(&headers, &options(&[(Field::Vendor, "Maed by")])).expect_err("unknown");
        assert!(refusal.is_usage());
        assert_eq!(refusal.help.as_deref(), Some("did you mean `Made by`?"));
        let refusal = Mapping::new(&headers, &options(&[(Field::Vendor, "Tool"), (Field::Product, "Tool")])).expect_err("twice");
        assert!(refusal.is_usage());
    }
}
