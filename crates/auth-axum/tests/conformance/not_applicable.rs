//! Modules of the conformance suite that do not apply, with the reason.

pub(crate) const NOT_APPLICABLE: [(&str, &str); 6] = [
    (
        "userinfo-bearer-body",
        "The access token is sent in the header only (RFC 6750 §2.1): logs often have forms.",
    ),
    (
        "rp-frontchannel-rpinitlogout",
        "Logto has no front-channel logout, and browsers keep cookies from frames of other sites.",
    ),
    (
        "rp-frontchannel-opinitlogout",
        "Logto has no front-channel logout, and browsers keep cookies from frames of other sites.",
    ),
    (
        "session-management",
        "Logto has no `check_session_iframe`. Back-channel logout and claims that are asked for again \
         take its place.",
    ),
    (
        "3rd-party-init-login",
        "A `GET` starts no sign-in, so that no other site can (login CSRF). A link leads to the page with \
         the button.",
    ),
    (
        "dynamic-registration",
        "An application is registered in Logto's console.",
    ),
];
