import { formatMicros, formatSize } from '../base/index.ts';
import type { BodyHead, ResponseHeaders, TappedExchange } from '../http/index.ts';
import type { Scope } from '../measure/index.ts';
import type { RunPlan } from '../plan/index.ts';
import type { OptionValues } from '../scenario/index.ts';
import { shownField, shownForm, shownPath, shownText } from './dump-redact.ts';

/** How much of an exchange is shown. */
export interface DumpOptions {
  /** The beginning of textual bodies too. */
  readonly bodies: boolean;
  /** Names in lower case of the header fields that the user gave: their values are not shown. */
  readonly ownFields: ReadonlySet<string>;
}

const WIDTH = 80;

/** Lines of a body that are shown at most. */
const MOST_LINES = 24;

/** Shows every exchange where `--once` or `--http-debug` asks for it; undefined where nobody does. */
export function exchangeDump(
  { once, httpDebug = 'off' }: OptionValues,
  plan: RunPlan,
  tell: (text: string) => void,
): ((scope: Scope, tapped: TappedExchange) => void) | undefined {
  if (once !== true && httpDebug === 'off') return undefined;
  const ownFields = new Set(Object.keys(plan.target.headers).map((name) => name.toLowerCase()));
  const options = { bodies: once === true || httpDebug === 'full', ownFields };
  let shown = 0;
  return (scope, tapped) => tell(`${dumpExchange((shown += 1), scope, tapped, options)}\n`);
}

/** One exchange for a person: heads, the beginning of its bodies and where its time went, in 80 columns, secrets left out. */
export function dumpExchange(number: number, scope: Scope, tapped: TappedExchange, options: DumpOptions): string {
  const { request, sent, answer, received, exchange } = tapped;
  const status = exchange.status === 0 ? '' : `${exchange.status} `;
  const where = [scope.stage === 'run' ? '' : scope.stage, scope.flow, exchange.operation].filter((part) => part !== '').join(' ');
  const took = formatMicros(exchange.sending + exchange.waiting + exchange.receiving);
  const lines = [
    ruled(`── ${number} ${where} `, ` ${status}${exchange.errorCode === '' ? '' : `${exchange.errorCode} `}${took} ──`),
    ...wrapped('> ', `${request.method} ${shownPath(request.path)} HTTP/1.1`),
    ...wrapped('> ', `host: ${new URL(request.origin).host}`),
    ...fields('> ', request.headers as ResponseHeaders, options),
    ...bodyLines('> ', sent, request.headers as ResponseHeaders, options),
  ];
  if (exchange.status > 0) lines.push(`< HTTP/1.1 ${exchange.status}`);
  lines.push(...fields('< ', answer?.headers ?? {}, options));
  if (exchange.status > 0) lines.push(...bodyLines('< ', received, answer?.headers ?? {}, options));
  if (exchange.errorDetail !== '') lines.push(...wrapped('! ', shownText(exchange.errorDetail)));
  lines.push(...wrapped('  ', phases(tapped)));
  return `${lines.join('\n')}\n`;
}

function phases({ exchange }: TappedExchange): string {
  const { blocked, connecting, tlsHandshaking, sending, waiting, receiving, bytesSent, bytesReceived } = exchange;
  const of = [
    connecting > 0 ? `connecting ${formatMicros(connecting)}` : '',
    tlsHandshaking > 0 ? `TLS ${formatMicros(tlsHandshaking)}` : '',
  ];
  const within = of.filter((part) => part !== '').join(', ');
  const times = [
    `blocked ${formatMicros(blocked)}${within === '' ? '' : ` (${within})`}`,
    `sending ${formatMicros(sending)}`,
    `waiting ${formatMicros(waiting)}`,
    `receiving ${formatMicros(receiving)}`,
  ];
  return `${times.join(', ')}; ${formatSize(bytesSent)} sent, ${formatSize(bytesReceived)} received`;
}

function fields(prefix: string, headers: ResponseHeaders, { ownFields }: DumpOptions): string[] {
  return Object.entries(headers).flatMap(([name, value = '']) =>
    [value].flat().flatMap((one) => wrapped(prefix, `${name}: ${shownField(name.toLowerCase(), one, ownFields)}`)),
  );
}

function bodyLines(prefix: string, body: BodyHead | undefined, headers: ResponseHeaders, { bodies }: DumpOptions): string[] {
  if (body === undefined || body.bytes === 0) return [];
  if (!bodies || !isText(body.head)) return [`${prefix}(${formatSize(body.bytes)})`];
  const whole = body.head.length === body.bytes;
  const text = body.head.toString('utf8');
  const type = String(headers['content-type'] ?? '');
  const shown = type.includes('form-urlencoded') ? shownForm(text) : shownText(whole ? indented(text) : text);
  const lines = shown
    .trimEnd()
    .split('\n')
    .flatMap((line) => wrapped(prefix, line));
  if (whole && lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES), `${prefix}… (${formatSize(body.bytes)} in all)`];
}

/** JSON on lines of its own; anything else as it is. */
function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Whether bytes are text as far as they go: the last character may be cut off. */
function isText(bytes: Buffer): boolean {
  const text = bytes.toString('utf8').replace(/\uFFFD+$/, '');
  return text !== '' && !/\uFFFD|[^\P{Cc}\t\n\r]/u.test(text);
}

function ruled(left: string, right: string): string {
  return `${left}${'─'.repeat(Math.max(2, WIDTH - left.length - right.length))}${right}`;
}

/** A line in as many as it needs; those after the first stand further in. What would move a terminal's cursor is shown as a dot. */
function wrapped(prefix: string, text: string): string[] {
  const lines: string[] = [];
  let rest = text.replaceAll('\t', ' ').replaceAll(/\p{Cc}/gu, '·');
  for (let room = WIDTH - prefix.length; ; room = WIDTH - prefix.length - 4) {
    const margin = lines.length === 0 ? prefix : `${prefix}    `;
    if (rest.length <= room) return [...lines, `${margin}${rest}`];
    const space = rest.lastIndexOf(' ', room);
    const end = space > room / 2 ? space : room;
    lines.push(`${margin}${rest.slice(0, end)}`);
    rest = rest.slice(end).trimStart();
  }
}
