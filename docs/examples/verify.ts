// Whether a device would take a package, and whether somebody who is trusted signed all of it.
import { readFileSync } from "node:fs";
import { verifyPackage } from "pvpkg";

const [path = "web.arm64v8.tgz", pubkey = "public.pem"] = process.argv.slice(2);
const { ok, trust, findings } = await verifyPackage(path, { trust: { publicKeys: readFileSync(pubkey) } });
for (const { severity, code, subject, message } of findings) console.log(severity, code, subject, message);
console.log(ok ? "sound" : "refused", trust);
