# The sentences that users see. A translation has the same messages; those that it
# leaves out stay English.

# Errors: what happened, and what to do. The name is the error's code.
Cancelled = You cancelled the sign-in.
    .heading = Sign-in cancelled
Expired = This sign-in took too long or was already used. Please sign in again.
    .heading = Sign-in failed
StateMismatch = This sign-in did not start in this browser. Please sign in again.
    .heading = Sign-in failed
InvalidCallback = The sign-in service sent an incomplete answer. Please sign in again.
    .heading = Sign-in failed
ProviderUnavailable = We could not reach the sign-in service. Try again in a minute.
    .heading = Sign-in failed
TooManyRequests = Too many sign-ins from your network were not completed. Try again in a minute.
    .heading = Sign-in failed
ProviderError = The sign-in service could not sign you in. Please try again.
    .heading = Sign-in failed
Configuration = Sign-in is not set up correctly on this site. Please tell the site owner.
    .heading = Sign-in failed
StoreUnavailable = We could not load your session. Try again in a minute.
    .heading = Something went wrong
SessionRequired = Your session has ended. Please sign in again.
    .heading = Signed out
NoToken = You are signed in, but we could not get access to your data. Please sign in again.
    .heading = Please sign in
UnknownResource = This site does not have access to the requested data. Please tell the site owner.
    .heading = Sign-in failed
NotAMember = You are not a member of this organization.
    .heading = No access
ScopeMissing = Your sign-in does not include this permission. Please sign in again. If that does not help, tell the site owner.
    .heading = No access
LoginRequired = You are not signed in at the sign-in service. Please sign in.
    .heading = Please sign in
ConsentRequired = You have not given this site your consent yet. Please sign in.
    .heading = Please sign in
InteractionRequired = The sign-in service has a question for you. Please sign in.
    .heading = Please sign in
SignInRefused = This site does not let you sign in. If you think this is a mistake, tell the site owner.
    .heading = Sign-in failed
AccessDenied = You do not have permission to see this page.
    .heading = No access
InvalidRequest = We could not read what this page sent. Reload the page and try again.
    .heading = Sign-in failed
Unreachable = We could not reach this site. Check your connection and try again.
    .heading = Sign-in failed
Internal = Something went wrong on this site. Try again in a minute.
    .heading = Something went wrong

# The built-in pages.
sign-in = Sign in
sign-out = Sign out
please-sign-in = Please sign in to see this page.
form-out-of-date = This form was out of date. Please try again.
something-wrong = Something went wrong while signing you in.
    .heading = Sign-in failed
something-wrong-try-again = Something went wrong while signing you in. Please try again.
still-signed-in = You are still signed in. Please try again.
want-to-sign-out = Do you want to sign out?
being-signed-in = You are being signed in.
continue = Continue
try-again = Try again
back-home = Back to the home page
# $reference finds the failure in the log.
reference = If it happens again, tell us this reference: { $reference }

# Short answers, and components.
permissions-unavailable = We could not check your permissions. Try again in a minute.
data-unavailable = The sign-in service did not give us this data. Try again in a minute.
sign-in-changed = Your sign-in has changed, and this page shows the former one.
reload-page = Reload the page
