// A key that this process never sees: here openssl stands for a key service, or for a token.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { exportImage } from "pvpkg";
import { parsePublicKeys, type Signer, signerIdentity } from "pvpkg/signing";

const [image = "nginx:1.27", key = "key.pem", pubkey = "public.pem"] = process.argv.slice(2);
const [publicKey] = parsePublicKeys(readFileSync(pubkey), pubkey);
const signer: Signer = {
	...signerIdentity(publicKey, []),
	sign: (input) => execFileSync("openssl", ["dgst", "-sha256", "-sign", key], { input }),
};
const [web] = await exportImage({ image, name: "web", platforms: ["linux/amd64"], sign: signer });
console.log(web?.path);
