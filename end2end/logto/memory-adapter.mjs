// Keeps oidc-provider's sessions, grants and tokens in memory.

import { errors } from 'oidc-provider';

/** Models that are deleted with their grant. */
const OF_A_GRANT = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken']);

/** Number of writes after which expired entries are deleted. */
const WRITES_PER_SWEEP = 1000;

/**
 * The storage outlives a Provider: rotating the signing key builds a new Provider on the same
 * storage. `reuseLeeway` is the number of seconds for which a rotated refresh token stays valid.
 */
export class Storage {
  constructor({ application, reuseLeeway }) {
    this.application = application;
    this.reuseLeeway = reuseLeeway;
    this.adapter = (model) =>
      model === 'Client' ? new ApplicationAdapter(application) : new MemoryAdapter(model, this);
    this.reset();
  }

  reset() {
    this.entries = new Map();
    this.sessionIds = new Map();
    this.writes = 0;
  }

  /** Returns the ids of a user's sessions at the provider. */
  sessionsOf(accountId) {
    return [...this.sessionIds.values()].filter((id) => {
      const entry = this.entries.get(`Session:${id}`);
      return (
        entry && entry.expiresAt > Date.now() && JSON.parse(entry.json).accountId === accountId
      );
    });
  }

  sweep() {
    const now = Date.now();
    for (const [key, entry] of this.entries) {
      if (entry.expiresAt <= now) this.entries.delete(key);
    }
    for (const [uid, id] of this.sessionIds) {
      if (!this.entries.has(`Session:${id}`)) this.sessionIds.delete(uid);
    }
  }
}

class MemoryAdapter {
  constructor(model, storage) {
    this.model = model;
    this.storage = storage;
  }

  key(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload, expiresIn) {
    const { storage } = this;
    storage.entries.set(this.key(id), {
      // Stored as text, so that callers never share an object with the storage.
      json: JSON.stringify(payload),
      grantId: OF_A_GRANT.has(this.model) ? payload.grantId : undefined,
      consumedAt: undefined,
      expiresAt: expiresIn === undefined ? Infinity : Date.now() + expiresIn * 1000,
    });
    if (this.model === 'Session') storage.sessionIds.set(payload.uid, id);
    storage.writes += 1;
    if (storage.writes % WRITES_PER_SWEEP === 0) storage.sweep();
  }

  async find(id) {
    const entry = this.storage.entries.get(this.key(id));
    if (!entry || entry.expiresAt <= Date.now()) return undefined;
    const payload = JSON.parse(entry.json);
    if (this.isConsumed(entry)) payload.consumed = Math.floor(entry.consumedAt / 1000);
    return payload;
  }

  async findByUid(uid) {
    return this.find(this.storage.sessionIds.get(uid));
  }

  async findByUserCode() {
    return undefined;
  }

  async consume(id) {
    const entry = this.storage.entries.get(this.key(id));
    if (entry) entry.consumedAt = Date.now();
  }

  async destroy(id) {
    this.storage.entries.delete(this.key(id));
  }

  async revokeByGrantId(grantId) {
    const { entries } = this.storage;
    const prefix = this.key('');
    for (const [key, entry] of entries) {
      if (entry.grantId === grantId && key.startsWith(prefix)) entries.delete(key);
    }
  }

  /** Logto accepts a rotated refresh token for a few seconds, in case the answer was lost. */
  isConsumed({ consumedAt }) {
    if (consumedAt === undefined) return false;
    if (this.model !== 'RefreshToken') return true;
    return Date.now() > consumedAt + this.storage.reuseLeeway * 1000;
  }
}

class ApplicationAdapter {
  constructor(application) {
    this.application = application;
  }

  async find(id) {
    if (id === this.application.id) return this.application.metadata();
    // Answers 400 as Logto does; oidc-provider's default is 401.
    throw new errors.InvalidClient(`invalid client ${id}`);
  }
}
