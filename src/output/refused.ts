/** Outputs that people know from k6, and why loadreg has none of that name. */
export const REFUSED: Readonly<Record<string, string>> = {
  cloud: 'loadreg sends nothing to Grafana Cloud; the run record holds every number',
  datadog: 'k6 removed it as well; let the agent of Datadog scrape prometheus',
  'experimental-opentelemetry': 'OpenTelemetry comes later; its collector can scrape prometheus meanwhile',
  'experimental-prometheus-rw': 'loadreg is scraped and writes to no server; use prometheus, which a Prometheus or an agent can scrape',
  influxdb: 'loadreg writes to no data base; let Telegraf scrape prometheus, or read in what csv or json wrote',
  kafka: 'k6 removed it as well; read in what json wrote',
  opentelemetry: 'OpenTelemetry comes later; its collector can scrape prometheus meanwhile',
  otel: 'OpenTelemetry comes later; its collector can scrape prometheus meanwhile',
  statsd: 'k6 removed it as well; statsd has no histograms that could be added; use prometheus',
  'web-dashboard': 'a run shows itself on the terminal; use prometheus for graphs while it lasts',
};
