import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "vitest";
import { Workplace } from "./command-line.js";
import { PROGRAM } from "./program.js";

/** What meta-pantavisor's container-pvrexport class does, with its variables filled in. */
const SCRIPT = `set -e
	mkdir state deploy && cd state
	pvr init
	pvr app add --force --type rootfs --from "$IMAGE_ROOTFS" --group root --arg-json ../os.args.json \\
		--config-json ../os.config.json --volume ovl:/var:permanent \\
		--format-options="-comp lz4 -Xhc -e lib/modules -e lib/firmware " os
	jq '. + { pv_build_origin: "yocto" }' os/src.json > os/src.json.tmp && mv os/src.json.tmp os/src.json
	pvr add
	pvr commit
	printf '{ "rules": [ ".* 0:0 666" ] }' > os/mdev.json
	cp ../services.json os/services.json
	jq --slurpfile network ../network.json '. + { "network": $network[0] }' os/run.json > os/run.json.tmp
	mv os/run.json.tmp os/run.json
	mkdir -p _config && cp -rf ../overlay _config/os
	pvr add
	pvr commit
	pvr sig add --noconfig --part os
	pvr add
	pvr commit
	pvr export ../deploy/os.pvrexport.tgz`;

/** Runs the steps of the class with pvpkg as pvr, and checks the export. @param wrapper fakes root: `fakeroot`. */
export async function runYoctoScript(wrapper: string): Promise<void> {
	const place = new Workplace();
	try {
		writeInputs(place);
		const env = {
			PATH: `${place.directory}:${process.env.PATH}`,
			HOME: place.directory,
			IMAGE_ROOTFS: place.path("rootfs"),
			PVR_CONFIG_DIR: place.path("config"),
			PVR_SIG_KEY: place.path("key.pem"),
			PVR_X5C_PATH: "no",
			PVR_DISABLE_SELF_UPGRADE: "1",
			TMPDIR: place.path("tmp"),
		};
		execFileSync(wrapper, ["sh", "-c", SCRIPT], { cwd: place.directory, env, stdio: "pipe" });
		await checkExport(place);
	} finally {
		place.remove();
	}
}

function writeInputs(place: Workplace): void {
	for (const directory of ["rootfs/bin", "rootfs/lib/modules", "overlay/etc"]) {
		mkdirSync(place.path(directory), { recursive: true });
	}
	const files = {
		"rootfs/bin/run": "#!/bin/sh\n",
		"rootfs/lib/modules/m.ko": "module",
		"overlay/etc/os.conf": "a=b\n",
		"os.args.json": '{"PV_ROLES":["mgmt"]}',
		"os.config.json": '{"Entrypoint":["/bin/run"]}',
		"services.json": '{"#spec":"service-manifest-xconnect@1","services":[]}',
		"network.json": '{"mode":"host"}',
	};
	for (const [name, text] of Object.entries(files)) writeFileSync(place.path(name), text);
	writeFileSync(place.path("pvr"), `#!/bin/sh\nexec ${process.execPath} ${PROGRAM} "$@"\n`, { mode: 0o755 });
}

async function checkExport(place: Workplace): Promise<void> {
	const trust = ["--pubkey", "public.pem", "--allow-unsigned=_config/**"];
	expect(await place.run(["verify", "deploy/os.pvrexport.tgz", ...trust])).toMatchObject({ code: 0 });
	const state = JSON.parse(readFileSync(place.path("state/.pvr/json"), "utf8"));
	expect(state["os/src.json"]).toMatchObject({ pv_build_origin: "yocto" });
	expect(state["os/run.json"]).toMatchObject({ network: { mode: "host" }, group: "root", roles: ["mgmt"] });
	expect(Object.keys(state)).toEqual(
		expect.arrayContaining(["_config/os/etc/os.conf", "_sigs/os.json", "os/mdev.json"]),
	);
	const { stdout } = await place.run(["inspect", "deploy/os.pvrexport.tgz", "--tree"]);
	expect(stdout).toContain("bin/run");
	expect(stdout).not.toContain("m.ko");
}
