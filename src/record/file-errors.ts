import { codeOf, messageOf } from '../base/index.ts';

const EXPLANATIONS: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EEXIST: 'a part of its path is a file, not a folder',
  ENOENT: 'no such file',
  ENAMETOOLONG: 'the name is too long',
  EFBIG: 'the file would be too large',
};

/** Why a file could not be read or written, in words. */
export function explainFileError(error: unknown): string {
  const code = codeOf(error);
  const words = code === undefined ? undefined : EXPLANATIONS[code];
  return words === undefined ? messageOf(error) : `${words} (${code})`;
}
