import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOk } from './run.ts';
import { tmpFolder } from './tmp.ts';

/** A self-signed RSA certificate for 127.0.0.1 and localhost. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  /** PEM. */
  readonly key: string;
  /** The certificate as base64 of its DER form, as an `x5c` header wants it. */
  readonly x5c: string;
}

/** Makes a certificate by openssl. */
export async function makeCertificate(): Promise<Certificate> {
  const folder = tmpFolder();
  const certFile = join(folder, 'cert.pem');
  const keyFile = join(folder, 'key.pem');
  const subject = ['-subj', '/CN=loadreg test', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
  await runOk('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', keyFile, '-out', certFile, ...subject]);
  const x5c = readFileSync(certFile, 'utf8').replace(/-----[^-]+-----|\s/g, '');
  return { certFile, keyFile, key: readFileSync(keyFile, 'utf8'), x5c };
}
