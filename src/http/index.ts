export * from './client.ts';
export type { ConnectTimes, TlsSettings } from './connector.ts';
export * from './dispatcher.ts';
export { ExchangeError } from './failure.ts';
export * from './proxy.ts';
export * from './request.ts';
export { type BodyHead, type TappedExchange, tappedSender } from './tap.ts';
export * from './timeouts.ts';
