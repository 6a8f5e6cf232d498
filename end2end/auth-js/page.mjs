// A page with the published client of Auth.js. The test calls the functions of the client through
// `window.authJs`.
import { createElement, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import {
  getCsrfToken,
  getProviders,
  getSession,
  SessionProvider,
  signIn,
  signOut,
  useSession,
} from 'next-auth/react';

const isRequired = location.pathname.endsWith('/required');

function Session() {
  const { data, status, update } = useSession({ required: isRequired });
  useEffect(() => {
    window.authJs = { getCsrfToken, getProviders, getSession, signIn, signOut, update };
  });
  return createElement(
    'main',
    null,
    createElement('p', { id: 'status' }, status),
    createElement('p', { id: 'user' }, data?.user?.name ?? ''),
  );
}

createRoot(document.getElementById('root')).render(
  createElement(SessionProvider, { basePath: document.body.dataset.basePath }, createElement(Session)),
);
