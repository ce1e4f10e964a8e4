/** Puts every text of a folder beside itself in Brotli and gzip, so that the server has nothing to compress: `node compress.js FOLDER`. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const TEXT = /\.(?:js|css|svg|json|txt)$/;
const SMALLEST = 1024; // bytes; less is not worth a file

const [folder] = process.argv.slice(2);
for (const name of readdirSync(folder).filter((each) => TEXT.test(each))) {
  const file = join(folder, name);
  const bytes = readFileSync(file);
  if (bytes.length < SMALLEST) continue;
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
}
