// The pages that users see: plain HTML that works without JavaScript.

const STYLE = `
  :root {
    color-scheme: light dark;
    --page: light-dark(#f5f5f8, #17161b);
    --card: light-dark(#fff, #211f27);
    --text: light-dark(#191c1d, #f2f1f5);
    --line: light-dark(#84808f, #7a7685);
    --accent: light-dark(#5d34f2, #c4b5ff);
    --on-accent: light-dark(#fff, #17161b);
    --alert: light-dark(#ffe4e4, #4f1d22);
    --on-alert: light-dark(#8a0f1a, #ffd9dc);
  }
  * { box-sizing: border-box; }
  body {
    display: grid;
    place-items: center;
    min-height: 100vh;
    margin: 0;
    padding: 1rem;
    font: 1rem/1.5 system-ui, sans-serif;
    background: var(--page);
    color: var(--text);
  }
  main {
    width: min(24rem, 100%);
    padding: 2rem;
    border: 1px solid var(--line);
    border-radius: 0.75rem;
    background: var(--card);
  }
  h1 { margin: 0 0 1rem; font-size: 1.4rem; }
  form { display: grid; gap: 1rem; }
  label { display: grid; gap: 0.25rem; }
  input, button {
    padding: 0.6rem 0.75rem;
    border: 1px solid var(--line);
    border-radius: 0.4rem;
    font: inherit;
  }
  input { background: transparent; color: inherit; }
  button {
    border-color: transparent;
    background: var(--accent);
    color: var(--on-accent);
    font-weight: 600;
    cursor: pointer;
  }
  :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
  a { color: var(--accent); }
  nav { display: flex; justify-content: space-between; margin-top: 1.25rem; }
  [role="alert"] {
    margin: 0 0 1rem;
    padding: 0.6rem 0.75rem;
    border-radius: 0.4rem;
    background: var(--alert);
    color: var(--on-alert);
  }
`;

/** Escapes a string for HTML text and attribute values. */
export function escapeHtml(text) {
  return String(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

function page(title, body) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Local Logto</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
</body>
</html>
`;
}

function alert(problem) {
  return problem ? `<p role="alert">${escapeHtml(problem)}</p>` : '';
}

/** `passwordHint` tells a password manager whether to fill in a password or to create one. */
function credentialsForm({ action, button, username = '', passwordHint }) {
  return `<form method="post" action="${action}">
<label>Username
<input name="username" value="${escapeHtml(username)}" autocomplete="username"
 autocapitalize="none" required autofocus>
</label>
<label>Password
<input name="password" type="password" autocomplete="${passwordHint}" required>
</label>
<button type="submit">${button}</button>
</form>`;
}

/** `cancelUri` is the target of Cancel: as at Logto, the redirect URI without parameters. */
export function signInPage({ username, problem, cancelUri }) {
  const form = { action: '/sign-in', button: 'Sign in', passwordHint: 'current-password' };
  return page(
    'Sign in',
    `${alert(problem)}
${credentialsForm({ ...form, username })}
<nav><a href="/register">Create account</a> <a href="${escapeHtml(cancelUri)}">Cancel</a></nav>`,
  );
}

export function registerPage({ username, problem, cancelUri }) {
  const form = { action: '/register', button: 'Create account', passwordHint: 'new-password' };
  return page(
    'Create account',
    `${alert(problem)}
${credentialsForm({ ...form, username })}
<nav><a href="/sign-in">Sign in</a> <a href="${escapeHtml(cancelUri)}">Cancel</a></nav>`,
  );
}

/** Returns the consent page, which Logto shows for third-party applications. */
export function consentPage({ username, scopes, cancelUri }) {
  const items = scopes.map((scope) => `<li>${escapeHtml(scope)}</li>`).join('\n');
  return page(
    'Authorize Leptos app',
    `<p>The application requests access to these data of ${escapeHtml(username)}:</p>
<ul>
${items}
</ul>
<form method="post" action="/consent"><button type="submit">Authorize</button></form>
<nav><a href="${escapeHtml(cancelUri)}">Cancel</a></nav>`,
  );
}

/** `form` is oidc-provider's: it has an id and a token against forged requests, but no button. */
export function signOutPage(form) {
  return page(
    'Sign out',
    `<p>Signing out…</p>
${form}
<input type="hidden" name="logout" value="yes" form="op.logoutForm">
<noscript><button type="submit" form="op.logoutForm" autofocus>Continue</button></noscript>
<script>document.getElementById('op.logoutForm').submit()</script>`,
  );
}

export function signedOutPage() {
  return page('Signed out', '<p>You are signed out.</p>');
}

export function problemPage(problem) {
  return page('Something went wrong', alert(problem));
}
