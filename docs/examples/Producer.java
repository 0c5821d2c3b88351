// Sends one trigger. Arguments: BOOTSTRAP_SERVERS TOPIC USER_ID RESET_URL. Needs kafka-clients.
// A real program makes the JSON with a library; these arguments must not contain quotes.
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

public class Producer {
  public static void main(String[] arguments) throws Exception {
    // Store the requestId with your own request, and use it again when you repeat the trigger.
    String requestId = UUID.randomUUID().toString(), userId = arguments[2];
    String trigger = """
        {"requestId": "%s", "campaignId": "password-reset", "recipients": [
          {"namespace": "email", "userId": "%s", "context": {"resetUrl": "%s"}}]}
        """.formatted(requestId, userId, arguments[3]);
    // Java's producer is idempotent, with acks=all, by default.
    Map<String, Object> settings = Map.of("bootstrap.servers", arguments[0], "compression.type", "lz4");
    var strings = new StringSerializer();
    try (var producer = new KafkaProducer<String, String>(settings, strings, strings)) {
      // get() throws when the record was not acknowledged: repeat it with the same requestId.
      producer.send(new ProducerRecord<>(arguments[1], "email:" + userId, trigger)).get();
      System.out.println(requestId);
    }
  }
}
