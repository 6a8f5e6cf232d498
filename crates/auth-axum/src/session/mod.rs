//! The session of a request.

mod layer;
mod request;

pub use self::{
    layer::SessionLayer,
    request::{MissingSessionLayer, RequestSession},
};
