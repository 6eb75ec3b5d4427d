//! Plain data that every stage shares: effects and statuses, dates and zones, identifiers,
//! versions, and the rows of an inventory.
//!
//! Nothing in here reads a file, a clock or the environment.

pub mod change;
pub mod day;
pub mod digest;
pub mod display_name;
pub mod effect;
pub mod identifier;
pub mod item;
pub mod version;
pub mod zone;

pub use change::{Cause, Change, ChangeKind};
pub use day::{End, Moment, Start, When};
pub use display_name::DisplayName;
pub use effect::{Concern, Effect, State, Status};
pub use identifier::{Cpe, Identifier, IdentifierKind, Purl};
pub use item::{DependencyPath, ItemDates, OwnedRow, Row};
pub use version::{Version, VersionRange};
pub use zone::Zone;
