export { type RegistryOptions, startRegistry } from './server.ts';
