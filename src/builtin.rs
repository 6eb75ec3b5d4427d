//! The shipped rule pack, compiled into the program by `build.rs`.

use crate::pack::compile::{Catalogue, Pack};
use crate::pack::lazy::{List, Map};
use crate::pack::rule::RuleTest;

static PACK: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/pack.bin"));
static CATALOGUE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalogue.bin"));
static TESTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/tests.bin"));

/// Returns the shipped pack, ready to run. Its catalogue is slim, see [`Pack::slim`], and its rules,
/// entities and places are read when they are asked for.
///
/// # Panics
/// Never: the build wrote it with the same types.
#[must_use]
pub fn pack() -> Pack {
    let stored: (Pack, _, _, _) = postcard::from_bytes(PACK).expect("the shipped pack was written by this build");
    let (mut pack, places, entities, rules) = stored;
    pack.catalogue.registry.jurisdictions = Map::stored(places);
    pack.catalogue.entities = List::stored(entities);
    pack.catalogue.rules = List::stored(rules);
    pack
}

/// Returns everything the shipped pack was made of, to layer rules over it.
///
/// # Panics
/// Never: the build wrote it with the same types.
#[must_use]
pub fn catalogue() -> Catalogue {
    postcard::from_bytes(CATALOGUE).expect("the shipped catalogue was written by this build")
}

/// Returns the inline tests of the shipped rules.
///
/// # Panics
/// Never: the build wrote them with the same types.
#[must_use]
pub fn tests() -> Vec<RuleTest> {
    postcard::from_bytes(TESTS).expect("the shipped tests were written by this build")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::table::Table;

    #[test]
    fn the_stored_pack_is_the_one_that_its_catalogue_compiles_to() {
        let compiled = Pack::new(catalogue()).slim();
        let bytes = |pack: &Pack| postcard::to_stdvec(pack).expect("packs");
        assert!(bytes(&pack()) == bytes(&compiled));
    }

    #[test]
    fn every_key_of_the_stored_tables_is_found_and_read() {
        fn read<T: serde::de::DeserializeOwned>(table: &Table<T>) {
            assert!(!table.is_empty());
            for (number, (key, values)) in table.iter().enumerate() {
                assert_eq!(table.number_of(key), Some(number), "{key}");
                assert!(values.is_empty() || values.count() > 0);
            }
        }
        let pack = pack();
        [&pack.names, &pack.joined, &pack.identifiers].into_iter().for_each(read);
        read(&pack.places);
        read(&pack.place_codes);
        read(&pack.lookalikes);
        read(&pack.heads);
        for (number, entity) in pack.catalogue.entities.iter().enumerate() {
            assert_eq!(pack.catalogue.entities.number_of(&entity.id), Some(number));
        }
    }

    #[test]
    fn places_are_read_as_people_write_them() {
        let pack = pack();
        for (text, code) in [
            ("US", Some("US")),
            ("us", Some("US")),
            ("USA", Some("US")),
            ("United States", Some("US")),
            ("Deutschland", Some("DE")),
            ("Германия", Some("DE")),
            ("US-TX", Some("US-TX")),
            ("US/TX", Some("US-TX")),
            ("Texas, US", Some("US-TX")),
            ("Austin, TX, USA", Some("US-TX")),
            ("Paris, Texas", Some("US-TX")),
            ("DE - Berlin", Some("DE-BE")),
            ("Berlin, DE", Some("DE-BE")),
            ("Berlin, Germany", Some("DE-BE")),
            ("Frankfurt, Germany", Some("DE")),
            ("DEU - Frankfurt", Some("DE")),
            ("FR - Lyon", Some("FR")),
            ("USA/Austin", Some("US")),
            ("Texas, United States", Some("US-TX")),
            ("États-Unis", Some("US")),
            ("德国", Some("DE")),
            // Delaware has a Frankford, and Germany two towns of the name: a person must say.
            ("DE - Frankfurt", None),
            ("San Jose, CA", None),
            ("San Jose, CA, USA", Some("US-CA")),
            ("CA", Some("CA")),
            ("EU", Some("EU")),
            ("Headquarters", None),
            ("Germany, France", None),
            ("", None),
        ] {
            assert_eq!(pack.place(text), code, "{text}");
        }
    }
}
