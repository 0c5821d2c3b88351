package clarion.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text with {{ a.path }} in it, taken apart once. Nothing is faster, and no template language does less. */
final class Template {
  private static final Pattern HOLE = Pattern.compile("\\{\\{\\s*([\\w.]+)\\s*}}");

  private final List<String> texts = new ArrayList<>();
  private final List<String[]> paths = new ArrayList<>();
  private final boolean escapes;

  Template(String source, boolean escapes) {
    this.escapes = escapes;
    Matcher hole = HOLE.matcher(source);
    int from = 0;
    for (; hole.find(); from = hole.end()) {
      texts.add(source.substring(from, hole.start()));
      paths.add(hole.group(1).split("\\."));
    }
    texts.add(source.substring(from));
  }

  String render(JsonNode recipient) throws Work.Rejected {
    StringBuilder text = new StringBuilder(1024).append(texts.get(0));
    for (int hole = 0; hole < paths.size(); hole++) {
      String value = find(recipient, paths.get(hole));
      text.append(escapes ? escaped(value) : value).append(texts.get(hole + 1));
    }
    return text.toString();
  }

  private static String find(JsonNode node, String[] path) throws Work.Rejected {
    for (String name : path) {
      node = node.path(name);
    }
    if (!node.isValueNode()) {
      throw new Work.Rejected("missing_context", String.join(".", path) + " is missing.");
    }
    return node.asText();
  }

  private static String escaped(String text) {
    StringBuilder safe = null;
    for (int at = 0; at < text.length(); at++) {
      String entity =
          switch (text.charAt(at)) {
            case '&' -> "&amp;";
            case '<' -> "&lt;";
            case '>' -> "&gt;";
            case '"' -> "&#34;";
            case '\'' -> "&#39;";
            default -> null;
          };
      if (entity != null && safe == null) {
        safe = new StringBuilder(text.length() + 16).append(text, 0, at);
      }
      if (safe != null) {
        safe.append(entity != null ? entity : String.valueOf(text.charAt(at)));
      }
    }
    return safe == null ? text : safe.toString();
  }
}
