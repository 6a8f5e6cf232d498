//! Organizations.

/// The description of an organization, for the claim `organization_data`.
///
/// A user can be a member of an organization that was not added: its name is then
/// its id.
#[derive(Clone, Debug)]
pub struct TestOrganization {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) description: Option<String>,
}

impl TestOrganization {
    /// Returns an organization whose name is its id.
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: id.to_owned(),
            description: None,
        }
    }

    /// Sets the name.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Sets the description.
    #[must_use]
    pub fn description(mut self, description: &str) -> Self {
        self.description = Some(description.to_owned());
        self
    }
}
