// Java's own producer: sends each line of standard input as a record. Arguments: servers, topic, codec.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public class Send {
  public static void main(String[] arguments) throws Exception {
    Map<String, Object> settings = Map.of(
        "bootstrap.servers", arguments[0],
        "compression.type", arguments[2],
        "linger.ms", "50",
        "max.request.size", "4000000");
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var bytes = new ByteArraySerializer();
    try (var producer = new KafkaProducer<byte[], byte[]>(settings, bytes, bytes)) {
      List<Future<?>> sent = new ArrayList<>();
      for (String line; (line = input.readLine()) != null; ) {
        var value = line.getBytes(StandardCharsets.UTF_8);
        sent.add(producer.send(new ProducerRecord<>(arguments[1], value)));
      }
      for (var one : sent) one.get();
    }
  }
}
