// Without it, Next.js takes the folder of another lock file for the project's.
const root = import.meta.dirname;

export default { outputFileTracingRoot: root, turbopack: { root } };
