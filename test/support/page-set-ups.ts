/** The key of the guides; its public key is `~/public.pem`. */
const KEY = "export PVR_SIG_KEY=~/key.pem";

/**
 * What a reader has done before the blocks of a page, as shell lines: by page, or by page and heading for the pages
 * of commands, where each block stands for itself. Every script begins with the belongings of reader-machine.ts.
 */
export const SET_UPS: Readonly<Record<string, string>> = {
	"README.md": `
		mkdir ~/fresh && cp -r key.pem chain.pem attest.pem old ~/fresh && cd ~/fresh && rm -r ~/.pvr
		git init -q . && git commit -q --allow-empty -m first && git tag v1.0`,
	"docs/cache.md":
		"export PVPKG_CACHE_DIR=~/cache && pvpkg export nginx:1.27 web -p linux/arm64 -o first.tgz",
	"docs/size-and-updates.md": "cp old/web.arm64v8.tgz web-1.arm64v8.tgz",
	"docs/trust.md": `
		cp web.tgz stranger.tgz
		printf 'CONFIG_SQUASHFS%s=y\\n' '' _XZ _XATTR > .config
		echo '{"default": [{"type": "insecureAcceptAnything"}]}' > images.json`,
	"docs/sbom.md": "pvpkg export nginx:1.27 web -p linux/arm64 --sbom spdx-json",
	...withKey("air-gapped", "from-container-ci", "from-pvr", "github-actions", "gitlab-ci", "yocto"),
	"docs/troubleshooting.md": KEY,
	...commands({
		add: "cd app && echo more > web/more",
		app: "mkdir fresh && cd fresh && pvpkg init",
		"app add":
			"mkdir rootfs fresh && tar -czf fresh/rootfs.tar.gz rootfs && cp web.tgz fresh && cd fresh && pvpkg init",
		"app update": "cd app",
		"app install": "cd app",
		"app ls": "cd app",
		"app info": "cd app",
		"app rm": "cd app",
		checkout: "cd app",
		clone: "pvpkg push 192.168.1.20 web.tgz",
		commit: "cd app && echo more > web/more && pvpkg add .",
		completion: "mkdir -p ~/.local/share/bash-completion/completions ~/.config/fish/completions",
		deploy: `
			mkdir -p rootfs/trails bsp/bsp && cp web.tgz web.pvrexport.tgz && cd bsp && pvpkg init
			echo '{}' > bsp/run.json && pvpkg add . && pvpkg commit && pvpkg sig add --part bsp
			pvpkg add . && pvpkg commit && pvpkg export ../bsp.pvrexport && cd ..`,
		"dm-apply": "cd app && pvpkg dm-convert web root.squashfs",
		"dm-convert": "cd app",
		export: "cd app",
		get: "pvpkg push 192.168.1.20 web.tgz && cp -r app other && cd app",
		import: "cd app",
		init: "mkdir fresh && cd fresh",
		install: "mkdir fresh && cd fresh",
		json: "cd app",
		lock: "mkdir rootfs && tar -czf rootfs.tar.gz rootfs",
		merge: "cp -r app overlay && cd app",
		mksquashfs: "mkdir -p rootfs/var/cache",
		post: "cd app",
		put: "cd app",
		putobjects: "cd app",
		repro:
			"mkdir downloads && cp releases/*.arm64v8.tgz downloads/web-1.0.arm64v8.tgz && cp old/web.tgz new/web.tgz",
		"sbom diff":
			"pvpkg sbom old/web.amd64.tgz -o web-1.spdx.json && pvpkg sbom new/web.amd64.tgz -o web-2.spdx.json",
		sig: "cd app",
		"sig add": "cd app",
		"sig update": "cd app",
		"sig ls": "cd app",
		status: "cd app",
	}),
};

function withKey(...guides: readonly string[]): Record<string, string> {
	return Object.fromEntries(guides.map((name) => [`docs/guides/${name}.md`, KEY]));
}

function commands(setUps: Readonly<Record<string, string>>): Record<string, string> {
	return Object.fromEntries(
		Object.entries(setUps).map(([words, script]) => [
			`docs/commands/${words.split(" ")[0]}.md pvpkg ${words}`,
			script,
		]),
	);
}

/** Pages whose blocks begin in an empty directory, with nothing but the programs. */
export const BEGIN_EMPTY: ReadonlySet<string> = new Set(
	[
		"README",
		"air-gapped",
		"from-container-ci",
		"from-pvr",
		"github-actions",
		"gitlab-ci",
		"signing",
		"yocto",
	].map((name) => `docs/guides/${name}.md`),
);
