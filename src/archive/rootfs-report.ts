/** What was unpacked, and what of it could not be had. */
export interface RootfsReport {
  /** Entries of all layers, whiteouts not counted. */
  readonly entries: number;
  readonly whiteouts: number;
  /** Devices and pipes left out. */
  readonly specials: number;
  /** Files that lost setuid or setgid. */
  readonly setIds: number;
  /** Entries whose extended attributes (capabilities and the like) were left out: Node.js cannot set them. */
  readonly xattrs: number;
  /** Entries that could not be given to their user. */
  readonly owners: number;
  /** Names in the end that differ from another one beside them in upper and lower case only. */
  readonly caseCollisions: number;
}
