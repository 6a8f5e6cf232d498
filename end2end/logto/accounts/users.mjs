// The users who can sign in. Passwords are in clear text: this is a tool for development machines.

import { randomBytes } from 'node:crypto';

const SEED = [
  {
    id: 'a1icek2m9qx7',
    username: 'alice',
    password: 'password',
    name: 'Alice Example',
    email: 'alice@example.com',
    phone: '12025550143',
    profile: {
      familyName: 'Example',
      givenName: 'Alice',
      locale: 'en-GB',
      address: {
        formatted: '1 Example Street, London N1 9GU, United Kingdom',
        streetAddress: '1 Example Street',
        locality: 'London',
        postalCode: 'N1 9GU',
        country: 'United Kingdom',
      },
    },
    roles: ['shopper'],
    organizations: { acme: ['admin'], globex: ['member'] },
    customData: { plan: 'pro' },
    identities: {
      google: {
        userId: '109876543210987654321',
        details: {
          id: '109876543210987654321',
          name: 'Alice Example',
          email: 'alice@gmail.example',
        },
      },
    },
    ssoIdentities: [
      {
        issuer: 'https://login.acme.example',
        identityId: 'alice@acme.example',
        detail: { email: 'alice@acme.example', name: 'Alice Example' },
      },
    ],
    createdAt: 1735689600123,
    updatedAt: 1748736000456,
  },
  {
    id: 'b0bw4n8t1r5z',
    username: 'bob',
    password: 'password',
    createdAt: 1735776000789,
    updatedAt: 1735776000789,
  },
];

/** Returns the data of a user who has only a username. */
function blank() {
  return {
    name: null,
    picture: null,
    email: null,
    phone: null,
    profile: {},
    roles: [],
    organizations: {},
    customData: {},
    identities: {},
    ssoIdentities: [],
    suspended: false,
  };
}

const CHANGEABLE = new Set(Object.keys(blank()));

export class Users {
  constructor() {
    this.reset();
  }

  reset() {
    this.users = SEED.map((seed) => ({ ...blank(), ...structuredClone(seed) }));
  }

  byId(id) {
    return this.users.find((user) => user.id === id);
  }

  byUsername(username) {
    return this.users.find((user) => user.username === username);
  }

  withPassword(username, password) {
    const user = this.byUsername(username);
    return user?.password === password ? user : undefined;
  }

  register(username, password) {
    const now = Date.now();
    const user = {
      ...blank(),
      id: randomBytes(9).toString('base64url').toLowerCase(),
      username,
      password,
      createdAt: now,
      updatedAt: now,
    };
    this.users.push(user);
    return user;
  }

  /** Changes some of the user's data, as an administrator can in Logto's console. */
  change(user, data) {
    const unknown = Object.keys(data).filter((key) => !CHANGEABLE.has(key));
    if (unknown.length > 0) throw new RangeError(`cannot change ${unknown.join(', ')}`);
    Object.assign(user, data, { updatedAt: Date.now() });
  }

  remove(user) {
    this.users = this.users.filter((other) => other !== user);
  }
}
