/**
 * Returns a version as dpkg and opkg print it: `00002:1.0` is `2:1.0`, and an epoch of 0 is left out,
 * whatever the program wrote that made the database.
 */
export function withPlainEpoch(version: string): string {
	const [written, digits = ""] = /^(\d+):/.exec(version) ?? [];
	if (written === undefined) return version;
	const epoch = digits.replace(/^0+/, "");
	return (epoch === "" ? "" : `${epoch}:`) + version.slice(written.length);
}
