package clarion.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/** The work on one trigger: as bench/peers/work.py has it for Python. */
final class Work {
  private static final UUID NAMESPACE = UUID.fromString("30b58e1b-f26c-59e3-bc81-cdb9ef965e93");
  private static final String CAMPAIGN = "order-shipped";
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  record Delivery(byte[] key, byte[] value) {}

  static final class Rejected extends Exception {
    final String reason;

    Rejected(String reason, String detail) {
      super(detail, null, false, false);
      this.reason = reason;
    }
  }

  private final ObjectMapper json = new ObjectMapper();
  private final Template subject;
  private final Template html;

  Work(String subject, String html) {
    this.subject = new Template(subject, false);
    this.html = new Template(html, true);
  }

  List<Delivery> deliveries(byte[] value) throws Rejected {
    JsonNode trigger = read(value);
    String requestId = trigger.get("requestId").textValue();
    String campaignId = trigger.get("campaignId").textValue();
    if (!campaignId.equals(CAMPAIGN)) {
      throw new Rejected("unknown_campaign", "There is no campaign " + campaignId + ".");
    }
    List<Delivery> deliveries = new ArrayList<>(1);
    for (JsonNode recipient : trigger.get("recipients")) {
      deliveries.add(delivery(requestId, campaignId, recipient));
    }
    return deliveries;
  }

  private JsonNode read(byte[] value) throws Rejected {
    JsonNode trigger;
    try {
      trigger = json.readTree(value);
    } catch (IOException error) {
      throw new Rejected("malformed", error.getMessage());
    }
    boolean valid = isId(trigger.path("requestId")) && isName(trigger.path("campaignId"));
    JsonNode recipients = trigger.path("recipients");
    valid &= recipients.isArray() && !recipients.isEmpty();
    for (JsonNode recipient : recipients) {
      valid &= isName(recipient.path("namespace")) && isId(recipient.path("userId"));
      valid &= recipient.path("channelData").path("emailAddress").isTextual();
    }
    if (!valid) {
      throw new Rejected("invalid", "The value is not a trigger.");
    }
    return trigger;
  }

  private static boolean isId(JsonNode node) {
    return node.isTextual() && !node.textValue().isEmpty() && node.textValue().length() <= 255;
  }

  private static boolean isName(JsonNode node) {
    return node.isTextual() && NAME.matcher(node.textValue()).matches();
  }

  private Delivery delivery(String requestId, String campaignId, JsonNode recipient) throws Rejected {
    String namespace = recipient.get("namespace").textValue();
    String userId = recipient.get("userId").textValue();
    String name = namespace + ":" + userId;
    UUID execution = uuid5(NAMESPACE, campaignId + "/" + requestId);
    ObjectNode value = json.createObjectNode();
    value.put("deliveryId", uuid5(execution, name + "/email").toString());
    value.put("executionId", execution.toString());
    value.put("requestId", requestId);
    value.put("campaignId", campaignId);
    value.put("campaignVersion", 1);
    value.put("messageType", "transactional");
    value.put("channel", "email");
    value.put("configuration", "bench-email");
    value.putObject("sender").put("from", "Acme <no-reply@acme.example>");
    value.putObject("recipient").put("namespace", namespace).put("userId", userId).putNull("profileId");
    value.put("address", recipient.get("channelData").get("emailAddress").textValue());
    value.put("locale", "en");
    value.putObject("content").put("subject", subject.render(recipient)).put("html", html.render(recipient));
    value.put("createdAt", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
    try {
      return new Delivery(name.getBytes(UTF_8), json.writeValueAsBytes(value));
    } catch (IOException error) {
      throw new IllegalStateException(error);
    }
  }

  private static UUID uuid5(UUID namespace, String name) {
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      ByteBuffer space = ByteBuffer.allocate(16);
      space.putLong(namespace.getMostSignificantBits()).putLong(namespace.getLeastSignificantBits());
      sha1.update(space.array());
      ByteBuffer digest = ByteBuffer.wrap(sha1.digest(name.getBytes(UTF_8)));
      long most = digest.getLong() & ~0xF000L | 0x5000L;
      long least = digest.getLong() & 0x3FFFFFFFFFFFFFFFL | 0x8000000000000000L;
      return new UUID(most, least);
    } catch (NoSuchAlgorithmException error) {
      throw new IllegalStateException(error);
    }
  }
}
