// The home page of the example.
import { auth, signIn, signOut } from '../auth.js';

const LINKS = {
  '/': 'Home',
  '/profile': 'Profile',
  '/organizations': 'Organizations',
  '/resources': 'API resources',
  '/sessions': 'Sessions',
  '/sign-in': 'Sign-in options',
};

export default async function Home() {
  const session = await auth();
  return (
    <>
      <a href="#main" className="skip">
        Skip to content
      </a>
      <header className="bar">
        <a className="brand" href="/">
          Leptos + Logto
        </a>
        <nav aria-label="Pages">
          {Object.entries(LINKS).map(([path, name]) => (
            <a key={path} href={path}>
              {name}
            </a>
          ))}
        </nav>
        <p className="who">{session?.user.name ?? 'Signed out'}</p>
      </header>
      <main id="main" tabIndex={-1}>
        {session ? <SignedIn session={session} /> : <SignedOut />}
      </main>
      <footer>
        <p>No token in the browser. Works without JavaScript.</p>
      </footer>
    </>
  );
}

function SignedIn({ session }) {
  return (
    <>
      <section className="hero">
        <h1>Hello, {session.user.name}</h1>
        <p>You are signed in. This is what your ID token says about you.</p>
        <form
          action={async () => {
            'use server';
            await signOut();
          }}
        >
          <button type="submit">Sign out</button>
        </form>
      </section>
      <div role="region" aria-label="Claims" tabIndex={0} className="table">
        <table>
          <caption>Claims</caption>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Value</th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(session.claims).map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{String(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function SignedOut() {
  return (
    <section className="hero">
      <h1>Sign in with Logto</h1>
      <form
        action={async () => {
          'use server';
          await signIn('logto');
        }}
      >
        <button type="submit">Sign in</button>
      </form>
    </section>
  );
}
