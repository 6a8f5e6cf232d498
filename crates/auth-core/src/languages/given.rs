//! Languages of the application, and changes to those of the library.

use std::collections::BTreeSet;

use fluent_bundle::FluentResource;
use unic_langid::LanguageIdentifier;

use super::{BUILT_IN, Languages, Translation};

/// A language that the application gives: its tag, and messages.
pub(crate) type Given = (String, String);

/// Returns the languages that come with the library.
pub(super) fn built_in() -> Vec<Translation> {
    let mut translations = Vec::new();
    for (tag, messages) in BUILT_IN {
        // A test reads all messages.
        if let (Some(tag), Ok(resource)) = (super::parse(tag), read(messages)) {
            add(&mut translations, tag, resource);
        }
    }
    translations
}

/// Adds the application's languages to those of the library. Fails with all problems.
pub(crate) fn languages(given: Vec<Given>) -> Result<Languages, Vec<String>> {
    if given.is_empty() {
        return Ok(Languages::built_in());
    }
    let mut problems = Vec::new();
    let mut translations = built_in();
    for (tag, messages) in given {
        let wrong = |problem: String| format!("{tag:?} {problem}");
        let Some(parsed) = super::parse(&tag) else {
            problems.push(wrong("is no language tag, such as de or pt-BR".to_owned()));
            continue;
        };
        match read(&messages) {
            Ok(resource) => {
                problems.extend(
                    unknown_ids(&resource)
                        .into_iter()
                        .map(|id| wrong(format!("has the message {id:?}, which does not exist"))),
                );
                add(&mut translations, parsed, resource);
            }
            Err(problem) => problems.push(wrong(problem)),
        }
    }
    if problems.is_empty() {
        Ok(Languages(translations.into()))
    } else {
        Err(problems)
    }
}

fn read(messages: &str) -> Result<FluentResource, String> {
    FluentResource::try_new(messages.to_owned()).map_err(|(_, errors)| {
        let first = errors.first().map(ToString::to_string);
        format!(
            "has messages that cannot be read: {}",
            first.unwrap_or_default()
        )
    })
}

fn add(translations: &mut Vec<Translation>, tag: LanguageIdentifier, resource: FluentResource) {
    match translations.iter_mut().find(|it| it.tag == tag) {
        Some(translation) => translation.add(resource),
        None => {
            let mut translation = Translation::new(tag);
            translation.add(resource);
            translations.push(translation);
        }
    }
}

/// Returns the ids of messages, most of them misspelt, that English does not have.
fn unknown_ids(resource: &FluentResource) -> Vec<String> {
    let known = read(BUILT_IN[0].1).map(|english| ids(&english));
    let known = known.unwrap_or_default();
    ids(resource).difference(&known).cloned().collect()
}

fn ids(resource: &FluentResource) -> BTreeSet<String> {
    let entries = resource.entries().filter_map(|entry| match entry {
        fluent_syntax::ast::Entry::Message(message) => Some(message.id.name.to_owned()),
        _ => None,
    });
    entries.collect()
}

#[cfg(test)]
mod tests {
    use auth_types::ErrorKind;

    use super::*;
    use crate::languages::Message;

    fn with(given: &[(&str, &str)]) -> Result<Languages, Vec<String>> {
        let given = given
            .iter()
            .map(|(tag, text)| ((*tag).to_owned(), (*text).to_owned()));
        languages(given.collect())
    }

    #[test]
    fn a_language_of_the_application_completes_and_overrides() {
        let languages = with(&[
            (
                "de",
                "sign-in = Anmelden\nCancelled = Sie haben abgebrochen.\n",
            ),
            ("th", "sign-in = เข้าสู่ระบบ\nCancelled = ยกเลิกแล้ว"),
        ])
        .unwrap();
        let german = languages.negotiate([&b"de-AT, en;q=0.5"[..]]);
        assert_eq!(german.tag(), "de");
        assert_eq!(german.text(Message::SignIn), "Anmelden");
        assert_eq!(
            german.sentence(ErrorKind::Cancelled),
            "Sie haben abgebrochen."
        );
        // What it leaves out is English, attributes too.
        assert_eq!(german.text(Message::SignOut), "Sign out");
        let heading = Message::Heading(Some(ErrorKind::Cancelled));
        assert_eq!(german.text(heading), "Sign-in cancelled");
        let thai = languages.negotiate([&b"th"[..]]);
        assert_eq!(thai.text(Message::SignIn), "เข้าสู่ระบบ");
        assert_eq!(thai.text(Message::SignOut), "ออกจากระบบ");
        assert_eq!(thai.sentence(ErrorKind::Cancelled), "ยกเลิกแล้ว");
        assert_eq!(thai.text(heading), "ยกเลิกการลงชื่อเข้าใช้แล้ว");
    }

    #[test]
    fn values_and_numbers_are_put_in() {
        let text = "reference = { 1 ->\n    [one] Eins: { $reference }\n   *[other] Viele\n }\n";
        let languages = with(&[("de", text)]).unwrap();
        let german = languages.negotiate([&b"de"[..]]);
        assert_eq!(german.text(Message::Reference("x-1")), "Eins: x-1");
    }

    #[test]
    fn a_value_that_does_not_exist_leaves_the_english_message() {
        let languages = with(&[("de", "sign-in = { $nobody }")]).unwrap();
        let german = languages.negotiate([&b"de"[..]]);
        assert_eq!(german.text(Message::SignIn), "Sign in");
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (tag, text, named) in [
            ("german!", "sign-in = A", "german!"),
            ("", "sign-in = A", "language tag"),
            ("de", "sign-in", "cannot be read"),
            ("de", "sing-in = A", "sing-in"),
        ] {
            let problems = with(&[(tag, text)]).unwrap_err();
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(problems[0].contains(named), "{problems:?}");
        }
    }
}
