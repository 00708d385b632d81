import type { CounterInstrument, RateInstrument, TrendInstrument } from './instruments.ts';
import type { Exchange, Scope, Stage } from './observation.ts';
import type { SeriesStore } from './series-store.ts';
import type { Tags } from './snapshot.ts';

/** Name for what comes when there are too many names already. */
export const OTHER = 'other';

/** Tags without the empty ones. */
export function withoutEmpty(tags: Readonly<Record<string, string>>): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== ''));
}

/** The tags that a scope gives to all of its series. Built-in tags go before user tags of the same name. */
function scopeTags(scope: Scope): Tags {
  return withoutEmpty({ ...scope.tags, scenario: scope.scenario, flow: scope.flow, group: scope.group });
}

/** All series that one kind of exchange adds to, found with one look-up. */
export class ExchangeSeries {
  readonly #store: SeriesStore;
  readonly #stage: Stage;
  readonly #tags: Tags;
  readonly #method: string;
  readonly #hostRole: string;
  readonly #status: number;
  readonly #expected: boolean;
  readonly #errorCode: string;
  readonly #sizeClass: string;
  readonly #reqs: CounterInstrument;
  readonly #failed: RateInstrument;
  readonly #duration: TrendInstrument;
  readonly #blocked: TrendInstrument;
  readonly #connecting: TrendInstrument;
  readonly #tlsHandshaking: TrendInstrument;
  readonly #sending: TrendInstrument;
  readonly #waiting: TrendInstrument;
  readonly #receiving: TrendInstrument;
  readonly #dataSent: CounterInstrument;
  readonly #dataReceived: CounterInstrument;
  /** Made with the first lag: closed executors have none, and the series of thousands of kinds are not to be made for nothing. */
  #responseTime: TrendInstrument | undefined;

  constructor(store: SeriesStore, scope: Scope, exchange: Readonly<Exchange>) {
    const { method, hostRole, status, expected, errorCode, sizeClass, operation } = exchange;
    this.#method = method;
    this.#hostRole = hostRole;
    this.#status = status;
    this.#expected = expected;
    this.#errorCode = errorCode;
    this.#sizeClass = sizeClass;
    const { stage } = scope;
    const shared = { ...scopeTags(scope), operation, host_role: hostRole };
    const tags = withoutEmpty({
      ...shared,
      method,
      status: String(status),
      expected_response: String(expected),
      error_code: errorCode,
      size_class: sizeClass,
    });
    this.#store = store;
    this.#stage = stage;
    this.#tags = tags;
    this.#reqs = store.builtIn(stage, 'http_reqs', tags);
    this.#failed = store.builtIn(stage, 'http_req_failed', tags);
    this.#duration = store.builtIn(stage, 'http_req_duration', tags);
    this.#blocked = store.builtIn(stage, 'http_req_blocked', tags);
    this.#connecting = store.builtIn(stage, 'http_req_connecting', tags);
    this.#tlsHandshaking = store.builtIn(stage, 'http_req_tls_handshaking', tags);
    this.#sending = store.builtIn(stage, 'http_req_sending', tags);
    this.#waiting = store.builtIn(stage, 'http_req_waiting', tags);
    this.#receiving = store.builtIn(stage, 'http_req_receiving', tags);
    // Bytes belong to the operation, whatever its outcome: fewer series, and nobody asks for the bytes of a status.
    this.#dataSent = store.builtIn(stage, 'data_sent', withoutEmpty(shared));
    this.#dataReceived = store.builtIn(stage, 'data_received', withoutEmpty(shared));
  }

  /** Whether an exchange of the same scope and operation is of this kind. */
  matches(exchange: Readonly<Exchange>): boolean {
    return (
      this.#status === exchange.status &&
      this.#sizeClass === exchange.sizeClass &&
      this.#errorCode === exchange.errorCode &&
      this.#expected === exchange.expected &&
      this.#hostRole === exchange.hostRole &&
      this.#method === exchange.method
    );
  }

  /** `lagUs`: how late its iteration started; undefined in closed executors. */
  add(exchange: Readonly<Exchange>, lagUs: number | undefined): void {
    const duration = exchange.sending + exchange.waiting + exchange.receiving;
    this.#reqs.add(1);
    this.#failed.add(!exchange.expected);
    this.#duration.add(duration);
    this.#blocked.add(exchange.blocked);
    this.#connecting.add(exchange.connecting);
    this.#tlsHandshaking.add(exchange.tlsHandshaking);
    this.#sending.add(exchange.sending);
    this.#waiting.add(exchange.waiting);
    this.#receiving.add(exchange.receiving);
    this.#dataSent.add(exchange.bytesSent);
    this.#dataReceived.add(exchange.bytesReceived);
    if (lagUs === undefined) return;
    this.#responseTime ??= this.#store.builtIn(this.#stage, 'http_req_response_time', this.#tags);
    this.#responseTime.add(duration + lagUs);
  }
}

/** The series of one scope, or of all scopes that say the same: one stage of one scenario may make them twice. */
export class ScopeSeries {
  readonly scope: Scope;
  readonly tags: Tags;
  readonly #store: SeriesStore;
  /** By operation; the few kinds of each are looked through, which is quicker than making a key of six fields. */
  readonly #exchanges = new Map<string, ExchangeSeries[]>();
  readonly #cached = new Map<string, unknown>();

  constructor(store: SeriesStore, scope: Scope) {
    this.#store = store;
    this.scope = scope;
    this.tags = scopeTags(scope);
  }

  exchange(exchange: Readonly<Exchange>): ExchangeSeries {
    let kinds = this.#exchanges.get(exchange.operation);
    if (kinds === undefined) {
      // Names that scenarios make up must not take all memory.
      if (this.#store.full && exchange.operation !== OTHER) return this.exchange({ ...exchange, operation: OTHER });
      kinds = [];
      this.#exchanges.set(exchange.operation, kinds);
    }
    for (let i = 0; i < kinds.length; i += 1) {
      const kind = kinds[i] as ExchangeSeries;
      if (kind.matches(exchange)) return kind;
    }
    // Nor must codes that a registry makes up.
    if (this.#store.full && exchange.errorCode !== '' && exchange.errorCode !== OTHER)
      return this.exchange({ ...exchange, errorCode: OTHER });
    const kind = new ExchangeSeries(this.#store, this.scope, exchange);
    kinds.push(kind);
    return kind;
  }

  /** Whether `once` has made this already. */
  has(name: string): boolean {
    return this.#cached.has(name);
  }

  /** What `make` makes, once for each `name`. */
  once<T>(name: string, make: (store: SeriesStore) => T): T {
    let made = this.#cached.get(name) as T | undefined;
    if (made === undefined) {
      made = make(this.#store);
      this.#cached.set(name, made);
    }
    return made;
  }
}
