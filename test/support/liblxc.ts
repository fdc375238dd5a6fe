import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A configuration as liblxc holds it. */
export interface LxcReading {
	/** What `lxc-info -c` prints for a key, without the key. */
	value(key: string): string;
}

/**
 * Lets liblxc read a configuration, without starting anything or being root.
 * @throws Error when it refuses or passes over a line.
 */
export function readLxcConfig<T>(conf: string, use: (reading: LxcReading) => T): T {
	const directory = mkdtempSync(join(tmpdir(), "pvpkg-liblxc-"));
	try {
		mkdirSync(join(directory, "probe"));
		writeFileSync(join(directory, "probe/config"), conf, "latin1");
		const log = join(directory, "log");
		const ask = (key: string): string => {
			const args = ["-P", directory, "-n", "probe", "-l", "WARN", "-o", log, "-c", key];
			const { status, stdout, stderr } = spawnSync("lxc-info", args, {
				encoding: "latin1",
				maxBuffer: 1 << 26,
			});
			if (status !== 0) throw new Error(`liblxc refuses ${key}: ${stderr}`);
			return stdout;
		};
		ask("lxc.uts.name");
		const complaints = readFileSync(log, "latin1").match(/ (ERROR|WARN) .*/g);
		if (complaints !== null) throw new Error(`liblxc refuses a line:\n${complaints.join("\n")}`);
		for (const line of conf.split("\n")) refuseSilent(line.trim());
		return use({ value: (key) => ask(key).replace(`${key} = `, "").replace(/\n+$/, "") });
	} finally {
		rmSync(directory, { recursive: true });
	}
}

/** liblxc takes some wrong lines without a word. */
function refuseSilent(line: string): void {
	if (line === "" || line.startsWith("#")) return;
	if (!line.startsWith("lxc.")) throw new Error(`liblxc passes over: ${line}`);
	const [key, value = ""] = line.split(/\s*=\s*(.*)/s);
	const fields = value.split(/\s+/).length;
	if (key === "lxc.mount.entry" && (fields < 4 || fields > 6)) throw new Error(`${fields} fields: ${line}`);
	if (/^lxc\.init\.[ug]id$/.test(key!) && !/^\d+$/.test(value)) throw new Error(`no number: ${line}`);
}
