package clarion.bench;

import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;

/** Kafka Streams with exactly_once_v2, doing the same work: servers, topic, prefix, group, subject, html. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) throws Exception {
    String servers = arguments[0], topic = arguments[1], prefix = arguments[2], group = arguments[3];
    String deliveries = prefix + "deliveries.email", deadLetters = prefix + "dead-letters";
    Work work = new Work(arguments[4], arguments[5]);

    Topology topology = new Topology();
    var bytes = Serdes.ByteArray();
    topology
        .addSource("triggers", bytes.deserializer(), bytes.deserializer(), topic)
        .addProcessor("execute", () -> new Executor(work), "triggers")
        .addSink(Executor.DELIVERIES, deliveries, bytes.serializer(), bytes.serializer(), "execute")
        .addSink(Executor.DEAD_LETTERS, deadLetters, bytes.serializer(), bytes.serializer(), "execute");

    var streams = new KafkaStreams(topology, settings(servers, group));
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
    streams.start();
  }

  private static Properties settings(String servers, String group) {
    var settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, group);
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, servers);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 2000);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 512 * 1024);
    return settings;
  }
}
