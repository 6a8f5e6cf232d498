//! What happened to users at the provider.

use time::OffsetDateTime;

/// An event of users that a webhook of Logto reports.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserEvent {
    /// What happened.
    pub kind: UserEventKind,
    /// The ids (`sub`) of the users to whom it happened.
    pub subs: Vec<String>,
    /// When it happened, by Logto's clock.
    pub occurred_at: OffsetDateTime,
}

/// What happened to a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserEventKind {
    /// The user was suspended. All their sessions have ended.
    Suspended,
    /// The user was deleted. All their sessions have ended.
    Deleted,
    /// The suspension was lifted. The user can sign in again.
    Reinstated,
    /// The profile, or whether the user is suspended, has changed. The claims of
    /// their sessions count as old.
    DataUpdated,
    /// The users were added to an organization or removed from it. The claims of
    /// their sessions count as old.
    MembershipUpdated,
}
