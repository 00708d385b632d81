import { channel } from 'node:diagnostics_channel';
import type net from 'node:net';

/** An exchange that wants to know what happens to its request on the wire. */
export interface WireListener {
  /** The head is about to be written to this socket. */
  onSocket(socket: net.Socket): void;
  /** The whole request was handed to the socket. */
  onSent(): void;
}

const LISTENER = Symbol('exchange');
let starting: WireListener | undefined;
let subscribed = false;

/**
 * Names the exchange whose request is being started. undici 7 tells its handlers neither the socket nor the end of sending; its diagnostics
 * channels do, but name only its own request object. `undici:client:sendHeaders` is published synchronously right after `onRequestStart`,
 * so the exchange that started last is the one that the next message speaks of.
 */
export function announceStart(listener: WireListener): void {
  starting = listener;
}

/** Subscribes to undici's channels, once a process. */
export function subscribeToWire(): void {
  if (subscribed) return;
  subscribed = true;
  channel('undici:client:sendHeaders').subscribe((message) => {
    if (starting === undefined) return;
    const { request, socket } = message as { request: { [LISTENER]?: WireListener }; socket: net.Socket };
    request[LISTENER] = starting;
    const listener = starting;
    starting = undefined;
    listener.onSocket(socket);
  });
  channel('undici:request:bodySent').subscribe((message) => {
    (message as { request: { [LISTENER]?: WireListener } }).request[LISTENER]?.onSent();
  });
}
