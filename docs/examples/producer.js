// Sends one trigger: node producer.js BOOTSTRAP_SERVERS TOPIC USER_ID RESET_URL (needs kafkajs 2).
const { randomUUID } = require("crypto");
const { CompressionTypes, Kafka, Partitioners, logLevel } = require("kafkajs");

async function main([servers, topic, userId, resetUrl]) {
  const kafka = new Kafka({ brokers: servers.split(","), logLevel: logLevel.ERROR });
  // KafkaJS waits for acks=all by default. Its default partitioner is Java's; naming it silences a warning.
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  // Store the requestId with your own request, and use it again when you repeat the trigger.
  const trigger = {
    requestId: randomUUID(),
    campaignId: "password-reset",
    recipients: [{ namespace: "email", userId, context: { resetUrl } }],
  };
  const message = { key: `email:${userId}`, value: JSON.stringify(trigger) };
  await producer.connect();
  await producer.send({ topic, compression: CompressionTypes.GZIP, messages: [message] });
  await producer.disconnect();
  console.log(trigger.requestId);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(`not acknowledged, repeat it with the same requestId: ${error.message}`);
  process.exit(1);
});
