import { type Call, type Methods, replyEmpty } from '../call.ts';
import { ApiError } from '../errors.ts';
import { algorithmOf, isDigest, isRepositoryName } from '../names.ts';
import { parseChunkRange } from '../range.ts';
import type { Session } from '../sessions.ts';

/**
 * `/v2/<name>/blobs/uploads/…` (spec, "Pushing blobs").
 *
 * | request | session | answer |
 * |---|---|---|
 * | POST | opened | 202 |
 * | POST `?digest=` with body | none | 201 |
 * | POST `?mount=&from=` | none when the source has the blob, else opened | 201, 202 |
 * | PATCH, PATCH with `Content-Range` | goes on | 202; 416 out of order |
 * | PUT `?digest=` | ended, also by a wrong digest; goes on after 416 | 201 |
 * | GET | goes on | 204 |
 * | DELETE | ended | 204 |
 */
export const uploads: Methods = {
  POST(call) {
    if (call.reference !== '') throw new ApiError('UNSUPPORTED', 'an upload that was started goes on with PATCH and PUT');
    const mount = call.query.get('mount');
    if (mount !== null) return mountOrOpen(call, mount);
    return call.query.has('digest') ? pushWhole(call) : open(call);
  },

  PATCH: (call) =>
    inSession(call, async (session) => {
      await take(call, session);
      replyEmpty(call.response, 202, progress(call, session));
    }),

  PUT: (call) =>
    inSession(call, async (session) => {
      const digest = wantedDigest(call.query.get('digest'));
      await take(call, session);
      call.registry.sessions.end(session);
      await keep(call, session, digest);
    }),

  GET: (call) => inSession(call, async (session) => replyEmpty(call.response, 204, progress(call, session))),

  DELETE: (call) =>
    inSession(call, async (session) => {
      call.registry.sessions.end(session);
      session.blob.discard();
      replyEmpty(call.response, 204, []);
    }),
};

function open(call: Call): void {
  const session = call.registry.sessions.open(call.repository, call.registry.store.newUpload());
  replyEmpty(call.response, 202, progress(call, session));
}

function mountOrOpen(call: Call, mount: string): void {
  const digest = wantedDigest(mount);
  const from = call.query.get('from') ?? '';
  if (from !== '' && !isRepositoryName(from)) throw new ApiError('NAME_INVALID', 'invalid repository name', { detail: { name: from } });
  if (call.registry.store.mountBlob(call.repository, digest, from)) replyCreated(call, digest);
  else open(call);
}

async function pushWhole(call: Call): Promise<void> {
  const digest = wantedDigest(call.query.get('digest'));
  const { sessions, store } = call.registry;
  const session = sessions.open(call.repository, store.newUpload());
  sessions.end(session);
  try {
    await take(call, session);
    await keep(call, session, digest);
  } catch (error) {
    session.blob.discard();
    throw error;
  }
}

/** Runs the work when it is the request's turn and the session still goes on then. */
function inSession(call: Call, work: (session: Session) => Promise<void>): Promise<void> {
  const find = () => {
    const session = call.registry.sessions.get(call.reference);
    if (session !== undefined && session.repository === call.repository && call.query.get('_state') === session.state) return session;
    throw new ApiError('BLOB_UPLOAD_UNKNOWN', 'no such upload: it was never started, is complete, or its URL was not used as given');
  };
  return find().inTurn(() => work(find()));
}

/** Takes the request body into the session, whole or not at all; in its place when the request says where that is. */
async function take(call: Call, session: Session): Promise<void> {
  const { 'content-range': field, 'content-length': length } = call.request.headers;
  if (field === undefined) {
    await session.blob.append(call.request, () => {});
    return;
  }
  const range = parseChunkRange(field);
  if (range === undefined) {
    throw new ApiError('BLOB_UPLOAD_INVALID', 'Content-Range must be <first byte>-<last byte>', { detail: { contentRange: field } });
  }
  if (range.start !== session.blob.size) {
    throw new ApiError('RANGE_INVALID', `the next chunk must start at byte ${session.blob.size}`, { headers: progress(call, session) });
  }
  const check = (taken: number) => {
    if (taken !== range.length) {
      throw new ApiError('SIZE_INVALID', `Content-Range says ${range.length} bytes, the body has ${taken}`, {
        headers: progress(call, session),
      });
    }
  };
  if (length !== undefined) check(Number(length));
  await session.blob.append(call.request, check);
}

/** Keeps a complete upload when its digest is right. */
async function keep(call: Call, session: Session, digest: string): Promise<void> {
  const found = await session.blob.digest(algorithmOf(digest));
  if (found !== digest) {
    session.blob.discard();
    throw new ApiError('DIGEST_INVALID', 'the digest does not match what was uploaded', { detail: { digest, found } });
  }
  call.registry.store.addBlob(call.repository, digest, session.blob);
  replyCreated(call, digest);
}

function replyCreated(call: Call, digest: string): void {
  const location = `${call.registry.prefix}/v2/${call.repository}/blobs/${digest}`;
  replyEmpty(call.response, 201, ['Location', location, 'Docker-Content-Digest', digest]);
}

/** Where the upload goes on, and its last byte; `0-0` stands for no byte as well as for one, as in CNCF Distribution. */
function progress(call: Call, session: Session): string[] {
  const location = `${call.registry.prefix}/v2/${session.repository}/blobs/uploads/${session.id}?_state=${session.state}`;
  return ['Location', location, 'Range', `0-${Math.max(0, session.blob.size - 1)}`, 'Docker-Upload-UUID', session.id];
}

function wantedDigest(digest: string | null): string {
  if (digest !== null && isDigest(digest)) return digest;
  throw new ApiError('DIGEST_INVALID', digest === null ? 'the query must name a digest' : 'not a digest of a known algorithm', {
    detail: { digest },
  });
}
