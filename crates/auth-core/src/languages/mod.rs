//! The languages of the sentences that users see. English and Thai come with the
//! library; an application gives others.
//!
//! The messages are in Fluent's format (`en.ftl`, `th.ftl`).

pub(crate) mod given;
mod negotiate;

use std::{
    fmt,
    sync::{Arc, LazyLock},
};

use auth_types::ErrorKind;
use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

/// The messages that come with the library; English first, to which others fall back.
const BUILT_IN: [(&str, &str); 2] = [
    ("en", include_str!("en.ftl")),
    ("th", include_str!("th.ftl")),
];

type Bundle = FluentBundle<FluentResource>;

/// A message of the built-in pages, or of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message<'a> {
    /// The heading of a page about an error; `None` for an unknown one.
    Heading(Option<ErrorKind>),
    /// What happened and what to do; `None` for an unknown error.
    Sentence(Option<ErrorKind>),
    /// The label of the button, and the heading above it.
    SignIn,
    /// The label of the button, and the heading above it.
    SignOut,
    /// A page requires a sign-in.
    PleaseSignIn,
    /// A form has an old CSRF token.
    FormOutOfDate,
    /// An unknown error, above the button of a sign-in.
    SomethingWrongTryAgain,
    /// A sign-out failed.
    StillSignedIn,
    /// Above the button of a sign-out.
    WantToSignOut,
    /// Above the button that sends the provider's form again.
    BeingSignedIn,
    /// The label of that button.
    Continue,
    /// The label of a button.
    TryAgain,
    /// The text of a link.
    BackHome,
    /// How to name the failure.
    Reference(&'a str),
    /// The user is known, and it is unknown what they may do now.
    PermissionsUnavailable,
    /// Data of a signed-in user that the provider did not return.
    DataUnavailable,
    /// A page with islands shows a former session.
    SignInChanged,
    /// The label of the button below it.
    ReloadPage,
}

impl Message<'_> {
    /// Returns the message's id in Fluent, and whether its heading is meant.
    fn id(self) -> (&'static str, bool) {
        let of_kind = |kind: Option<ErrorKind>| kind.map_or("something-wrong", ErrorKind::code);
        let id = match self {
            Self::Heading(kind) => return (of_kind(kind), true),
            Self::Sentence(kind) => of_kind(kind),
            Self::SignIn => "sign-in",
            Self::SignOut => "sign-out",
            Self::PleaseSignIn => "please-sign-in",
            Self::FormOutOfDate => "form-out-of-date",
            Self::SomethingWrongTryAgain => "something-wrong-try-again",
            Self::StillSignedIn => "still-signed-in",
            Self::WantToSignOut => "want-to-sign-out",
            Self::BeingSignedIn => "being-signed-in",
            Self::Continue => "continue",
            Self::TryAgain => "try-again",
            Self::BackHome => "back-home",
            Self::Reference(_) => "reference",
            Self::PermissionsUnavailable => "permissions-unavailable",
            Self::DataUnavailable => "data-unavailable",
            Self::SignInChanged => "sign-in-changed",
            Self::ReloadPage => "reload-page",
        };
        (id, false)
    }

    fn args(self) -> FluentArgs<'static> {
        let mut args = FluentArgs::new();
        if let Self::Reference(reference) = self {
            args.set("reference", reference.to_owned());
        }
        args
    }
}

/// All languages of an application, English first. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Languages(Arc<[Translation]>);

struct Translation {
    tag: LanguageIdentifier,
    /// The tag as it is written in HTML and headers.
    name: String,
    /// The later ones override.
    bundles: Vec<Bundle>,
}

impl Translation {
    fn new(tag: LanguageIdentifier) -> Self {
        Self {
            name: tag.to_string(),
            tag,
            bundles: Vec::new(),
        }
    }

    fn add(&mut self, resource: FluentResource) {
        let mut bundle = Bundle::new_concurrent(vec![self.tag.clone()]);
        // The marks around a value are for texts that mix directions; they would be
        // copied with a reference.
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(resource);
        self.bundles.push(bundle);
    }

    /// Returns a message; `None` without it.
    fn text(&self, message: Message<'_>) -> Option<String> {
        let mut latest_first = self.bundles.iter().rev();
        latest_first.find_map(|bundle| text_in(bundle, message))
    }
}

/// Returns a message; `None` without it, or if it needs what there is not.
fn text_in(bundle: &Bundle, message: Message<'_>) -> Option<String> {
    let (id, is_heading) = message.id();
    let found = bundle.get_message(id)?;
    let pattern = if is_heading {
        found.get_attribute("heading")?.value()
    } else {
        found.value()?
    };
    let (args, mut errors) = (message.args(), Vec::new());
    let text = bundle.format_pattern(pattern, Some(&args), &mut errors);
    errors.is_empty().then(|| text.into_owned())
}

/// Parses the tag of a language (BCP 47), which is not that of an unknown one.
fn parse(tag: &str) -> Option<LanguageIdentifier> {
    let tag: LanguageIdentifier = tag.parse().ok()?;
    (!tag.language.is_empty()).then_some(tag)
}

impl Languages {
    /// Returns the languages that come with the library.
    pub(crate) fn built_in() -> Self {
        static LANGUAGES: LazyLock<Languages> =
            LazyLock::new(|| Languages(given::built_in().into()));

        LANGUAGES.clone()
    }

    fn with(self, chosen: Option<usize>) -> Language {
        Language {
            languages: self,
            chosen,
            is_first_choice: false,
        }
    }
}

impl fmt::Debug for Languages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|translation| &translation.name);
        f.debug_set().entries(names).finish()
    }
}

/// The language of a request. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Language {
    languages: Languages,
    /// `None` if the request asks for no language that there is.
    chosen: Option<usize>,
    is_first_choice: bool,
}

/// English, as the library has it: the language of a request that asks for none.
impl Default for Language {
    fn default() -> Self {
        Languages::built_in().with(None)
    }
}

impl Language {
    /// Returns its tag (BCP 47), for the attribute `lang` and the header
    /// `Content-Language`.
    pub fn tag(&self) -> &str {
        self.translation().map_or("en", |it| it.name.as_str())
    }

    /// Returns its tag if the request asked for it. Otherwise the language is English
    /// because there is no other.
    pub fn asked_for(&self) -> Option<&str> {
        self.chosen.map(|_| self.tag())
    }

    /// Returns its tag if the request prefers it to all others.
    pub fn first_choice(&self) -> Option<&str> {
        self.asked_for().filter(|_| self.is_first_choice)
    }

    /// Returns a message as text, which may have to be escaped.
    pub fn text(&self, message: Message<'_>) -> String {
        let english = self.languages.0.first();
        [self.translation(), english]
            .into_iter()
            .flatten()
            .find_map(|translation| translation.text(message))
            .unwrap_or_default()
    }

    /// Returns what happened and what to do, like [`ErrorKind::sentence`].
    pub fn sentence(&self, kind: ErrorKind) -> String {
        self.text(Message::Sentence(Some(kind)))
    }

    fn translation(&self) -> Option<&Translation> {
        self.languages.0.get(self.chosen.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_is_what_error_kinds_say() {
        let english = Languages::built_in().with(None);
        for kind in ErrorKind::ALL {
            assert_eq!(english.sentence(kind), kind.sentence(), "{kind}");
            let heading = english.text(Message::Heading(Some(kind)));
            assert_eq!(heading, kind.heading(), "{kind}");
        }
        let reference = english.text(Message::Reference("a-b_9"));
        assert!(reference.ends_with(": a-b_9"), "{reference}");
    }

    #[test]
    fn thai_says_everything_in_thai() {
        let languages = Languages::built_in();
        let [english, thai] = &*languages.0 else {
            panic!("two languages");
        };
        let is_thai = |text: &str| {
            text.chars()
                .all(|c| !c.is_ascii_alphabetic() || "abc9".contains(c))
                && text.chars().any(|c| ('\u{e01}'..='\u{e5b}').contains(&c))
        };
        let kinds = ErrorKind::ALL.into_iter().map(Some).chain([None]);
        let of_kinds = kinds.flat_map(|kind| [Message::Heading(kind), Message::Sentence(kind)]);
        let of_pages = [
            Message::SignIn,
            Message::SignOut,
            Message::PleaseSignIn,
            Message::FormOutOfDate,
            Message::SomethingWrongTryAgain,
            Message::StillSignedIn,
            Message::WantToSignOut,
            Message::BeingSignedIn,
            Message::Continue,
            Message::TryAgain,
            Message::BackHome,
            Message::Reference("abc9"),
            Message::PermissionsUnavailable,
            Message::DataUnavailable,
            Message::SignInChanged,
            Message::ReloadPage,
        ];
        for message in of_kinds.chain(of_pages) {
            assert!(english.text(message).is_some(), "{message:?}");
            let text = thai.text(message).unwrap_or_default();
            assert!(is_thai(&text), "{message:?}: {text:?}");
        }
    }
}
