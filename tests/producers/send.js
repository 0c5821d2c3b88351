// KafkaJS: sends each line of standard input as a record. Arguments: servers, topic, codec.
const { readFileSync } = require("fs");
const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = require("kafkajs");
const lz4 = require("kafkajs-lz4");
const snappy = require("kafkajs-snappy");
const zstd = require("@bokuweb/zstd-wasm");

CompressionCodecs[CompressionTypes.Snappy] = snappy;
CompressionCodecs[CompressionTypes.LZ4] = new lz4().codec;
// @kafkajs/zstd does not build with the versions of Node that are maintained.
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async ({ buffer }) => Buffer.from(zstd.compress(buffer)),
  decompress: async (buffer) => Buffer.from(zstd.decompress(buffer)),
});

const TYPES = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};

async function main([servers, topic, codec]) {
  await zstd.init();
  const kafka = new Kafka({ brokers: servers.split(","), logLevel: logLevel.ERROR });
  const lines = readFileSync(0, "utf8").split("\n").filter(Boolean);
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, compression: TYPES[codec], messages: lines.map((value) => ({ value })) });
  await producer.disconnect();
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
