//! The shopping lists, one per user, in memory.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use serde::Serialize;

/// The most items on a list, so that no user fills the memory.
pub(super) const MAX_ITEMS: usize = 100;
/// The longest item name, in characters.
pub(super) const MAX_NAME: usize = 80;

/// An item's name: 1 to [`MAX_NAME`] characters, without spaces around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct ItemName(String);

impl ItemName {
    pub(super) fn parse(name: &str) -> Option<Self> {
        let name = name.trim();
        (1..=MAX_NAME)
            .contains(&name.chars().count())
            .then(|| Self(name.to_owned()))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Item {
    /// Unique in the list.
    id: usize,
    name: ItemName,
}

/// The list already holds [`MAX_ITEMS`].
#[derive(Clone, Copy, Debug)]
pub(super) struct ListFull;

/// The lists of all users, by the subject (`sub`) of their access tokens.
/// Clones share the lists.
#[derive(Clone, Debug, Default)]
pub(super) struct Items(Arc<Mutex<HashMap<String, Vec<Item>>>>);

impl Items {
    pub(super) fn of(&self, sub: &str) -> Vec<Item> {
        let lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lists.get(sub).cloned().unwrap_or_default()
    }

    pub(super) fn add(&self, sub: &str, name: ItemName) -> Result<Item, ListFull> {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let list = lists.entry(sub.to_owned()).or_default();
        if list.len() >= MAX_ITEMS {
            return Err(ListFull);
        }
        let item = Item {
            id: list.len() + 1,
            name,
        };
        list.push(item.clone());
        Ok(item)
    }
}
