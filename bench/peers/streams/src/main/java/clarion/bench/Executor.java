package clarion.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/** Hands each trigger to the work, and what comes of it to the topics. */
final class Executor implements Processor<byte[], byte[], byte[], byte[]> {
  static final String DELIVERIES = "deliveries";
  static final String DEAD_LETTERS = "dead-letters";
  private static final byte[] JSON = "application/json".getBytes(UTF_8);
  private static final byte[] SCHEMA = "delivery.email/1".getBytes(UTF_8);

  private final Work work;
  private ProcessorContext<byte[], byte[]> context;

  Executor(Work work) {
    this.work = work;
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> context) {
    this.context = context;
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    try {
      for (Work.Delivery delivery : work.deliveries(record.value())) {
        Headers headers = new RecordHeaders().add("content-type", JSON).add("clarion.schema", SCHEMA);
        context.forward(
            new Record<>(delivery.key(), delivery.value(), record.timestamp(), headers), DELIVERIES);
      }
    } catch (Work.Rejected rejected) {
      context.forward(record.withHeaders(why(record, rejected)), DEAD_LETTERS);
    }
  }

  private Headers why(Record<byte[], byte[]> record, Work.Rejected rejected) {
    RecordMetadata origin = context.recordMetadata().orElseThrow();
    Headers headers = new RecordHeaders(record.headers());
    add(headers, "clarion.reason", rejected.reason);
    add(headers, "clarion.detail", rejected.getMessage());
    add(headers, "clarion.origin.topic", origin.topic());
    add(headers, "clarion.origin.partition", Integer.toString(origin.partition()));
    add(headers, "clarion.origin.offset", Long.toString(origin.offset()));
    add(headers, "clarion.origin.timestamp", Long.toString(record.timestamp()));
    add(headers, "clarion.attempt", "1");
    add(headers, "clarion.failed-at", Instant.now().toString());
    return headers;
  }

  private static void add(Headers headers, String name, String text) {
    headers.add(name, text.getBytes(UTF_8));
  }
}
