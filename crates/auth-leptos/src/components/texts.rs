//! The texts of components. The server writes them in the language of the request, and
//! a browser keeps what the server has written. For elements that a browser builds
//! itself it has only the English texts, which keeps the WASM small.

#[cfg(not(feature = "ssr"))]
pub(super) use self::english::*;
#[cfg(feature = "ssr")]
pub(super) use self::on_server::*;

/// A text of a component.
#[cfg(not(feature = "ssr"))]
pub(super) type Text = &'static str;

// Constants, so that the WASM does not contain the sentences of all kinds.
#[cfg(any(test, not(feature = "ssr")))]
mod english {
    use auth_types::ErrorKind;

    pub(in crate::components) const SIGN_IN: &str = "Sign in";
    pub(in crate::components) const SIGN_OUT: &str = "Sign out";
    pub(in crate::components) const SIGN_IN_AGAIN: &str = ErrorKind::SessionRequired.sentence();
    pub(in crate::components) const FORBIDDEN: &str = ErrorKind::AccessDenied.sentence();
}

#[cfg(feature = "ssr")]
mod on_server {
    use auth_core::Message;
    use auth_types::ErrorKind;

    pub(in crate::components) type Text = Message<'static>;

    pub(in crate::components) const SIGN_IN: Text = Message::SignIn;
    pub(in crate::components) const SIGN_OUT: Text = Message::SignOut;
    pub(in crate::components) const SIGN_IN_AGAIN: Text =
        Message::Sentence(Some(ErrorKind::SessionRequired));
    pub(in crate::components) const FORBIDDEN: Text =
        Message::Sentence(Some(ErrorKind::AccessDenied));

    /// Returns texts in the language of the request, and the attribute `lang` of their
    /// element if the request asked for that language: the page may be in another.
    pub(in crate::components) fn say<const N: usize>(
        texts: [Text; N],
    ) -> ([String; N], Option<String>) {
        let language = crate::request::language_of_page();
        let lang = language.asked_for().map(str::to_owned);
        (texts.map(|text| language.text(text)), lang)
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::{english, on_server};

    #[test]
    fn a_browser_says_what_the_server_says_in_english() {
        for (text, english) in [
            (on_server::SIGN_IN, english::SIGN_IN),
            (on_server::SIGN_OUT, english::SIGN_OUT),
            (on_server::SIGN_IN_AGAIN, english::SIGN_IN_AGAIN),
            (on_server::FORBIDDEN, english::FORBIDDEN),
        ] {
            assert_eq!(on_server::say([text]), ([english.to_owned()], None));
        }
    }
}
