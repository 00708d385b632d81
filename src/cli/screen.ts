import { clearScreenDown, cursorTo, moveCursor } from 'node:readline';

/** Where the live view and the log are written: stderr, or a stand-in for tests. */
export interface Terminal extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/**
 * The bottom of a terminal: a few lines that are drawn over and over, and text that scrolls by above them. Without a terminal
 * the lines are never drawn and text is simply written.
 */
export class Screen {
  readonly #out: Terminal;
  #lines: readonly string[] = [];

  constructor(out: Terminal) {
    this.#out = out;
  }

  get isTerminal(): boolean {
    return this.#out.isTTY === true;
  }

  /** Columns that a line may take. A pty that was given no size says 0. */
  get columns(): number {
    const { columns } = this.#out;
    return columns === undefined || columns <= 0 ? 80 : columns;
  }

  /** Replaces the lines at the bottom. */
  draw(lines: readonly string[]): void {
    if (!this.isTerminal) return;
    this.#erase();
    if (lines.length > 0) this.#out.write(`${lines.join('\n')}\n`);
    this.#lines = lines;
  }

  /** Writes text above the lines at the bottom. */
  print(text: string): void {
    const lines = this.#lines;
    this.#erase();
    this.#out.write(text);
    if (lines.length > 0) this.draw(lines);
  }

  /** Takes the lines away. */
  clear(): void {
    this.draw([]);
  }

  #erase(): void {
    if (this.#lines.length === 0) return;
    moveCursor(this.#out, 0, -this.#lines.length);
    cursorTo(this.#out, 0);
    clearScreenDown(this.#out);
    this.#lines = [];
  }
}
