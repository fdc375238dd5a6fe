import { spawnSync } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";

/** A real terminal of a given size, with a shell in it. */
export class TmuxScreen {
	readonly #socket: string = `pvpkg-test-${process.pid}-${screens++}`;

	/** @param environment variables of the shell, besides PATH and TERM. */
	constructor(columns: number, rows: number, environment: Readonly<Record<string, string>> = {}) {
		const variables = Object.entries(environment).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
		const size = ["-x", String(columns), "-y", String(rows)];
		this.#tmux("-f", "/dev/null", "new-session", "-d", ...size, ...variables, "env PS1='$ ' sh");
	}

	/** Types a line and presses Enter. */
	type(line: string): void {
		this.#tmux("send-keys", "-l", line);
		this.#tmux("send-keys", "Enter");
	}

	/** Presses a key by tmux's name for it, such as `C-c`. */
	press(key: string): void {
		this.#tmux("send-keys", key);
	}

	/** Returns the lines of the screen, without blanks at their ends. */
	lines(): string[] {
		return this.#tmux("capture-pane", "-p").trimEnd().split("\n");
	}

	/** Whether the cursor shows and long lines wrap. */
	modes(): string {
		return this.#tmux("display-message", "-p", "#{cursor_flag}#{wrap_flag}").trim();
	}

	/** Waits until the screen matches. @throws Error with the screen when it does not in 100 s. */
	async see(pattern: RegExp): Promise<string[]> {
		for (let tries = 0; tries < 2000; tries++) {
			const lines = this.lines();
			if (pattern.test(lines.join("\n"))) return lines;
			await wait(50);
		}
		throw new Error(`the screen does not show ${pattern}:\n${this.lines().join("\n")}`);
	}

	close(): void {
		spawnSync("tmux", ["-L", this.#socket, "kill-server"]);
	}

	#tmux(...args: readonly string[]): string {
		const { status, stdout, stderr } = spawnSync("tmux", ["-L", this.#socket, ...args], { encoding: "utf8" });
		if (status !== 0) throw new Error(`tmux ${args.join(" ")}: ${stderr}`);
		return stdout;
	}
}

let screens = 0;
