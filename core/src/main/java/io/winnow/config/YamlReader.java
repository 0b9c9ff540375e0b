package io.winnow.config;

import io.winnow.config.YamlNode.Entry;
import io.winnow.config.YamlNode.Items;
import io.winnow.config.YamlNode.Place;
import io.winnow.config.YamlNode.Scalar;
import io.winnow.config.YamlNode.Section;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * YAML text to nodes with line numbers; nothing is interpreted. Aliases are refused, so a small
 * file cannot unfold into a large one.
 */
final class YamlReader {
  private static final String OPTIONAL = "!optional";
  private static final int MAX_DEPTH = 50;

  private final String source;
  private final boolean numbered;
  private final List<Problem> problems;
  private final Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());

  /**
   * @param source file name for messages, or the name of an override
   * @param numbered whether lines belong into messages
   */
  YamlReader(String source, boolean numbered, List<Problem> problems) {
    this.source = source;
    this.numbered = numbered;
    this.problems = problems;
  }

  /** A file's only section; null when it is none, and the problem is noted. */
  static Section section(String yaml, String source, List<Problem> problems) {
    YamlNode root = new YamlReader(source, true, problems).read(yaml);
    if (root == null || root instanceof Section) {
      return (Section) root;
    }
    problems.add(
        new Problem(root.place(), "", "one value; expected keys with values, \"name: ...\"."));
    return null;
  }

  /** The only document of a text; null when it cannot be parsed, and the problem is noted. */
  YamlNode read(String text) {
    LoadSettings settings =
        LoadSettings.builder().setLabel(source).setAllowDuplicateKeys(true).build();
    try {
      Optional<Node> root = new Compose(settings).composeString(text);
      return root.isEmpty() ? new Section(new Place(source, 0), false) : node(root.get(), "", 0);
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(0);
      problems.add(
          new Problem(
              new Place(source, numbered ? line : 0),
              "",
              e.getProblem() + "; expected YAML 1.2. Check quotes, colons and indentation."));
      return null;
    } catch (YamlEngineException e) {
      problems.add(new Problem(new Place(source, 0), "", e.getMessage() + "; expected YAML 1.2."));
      return null;
    }
  }

  private Place place(Node node) {
    return new Place(source, numbered ? node.getStartMark().map(Mark::getLine).orElse(-1) + 1 : 0);
  }

  private YamlNode node(Node node, String path, int depth) {
    Place place = place(node);
    if (node instanceof ScalarNode scalar) {
      return new Scalar(place, scalar.getValue(), scalar.getScalarStyle() == ScalarStyle.PLAIN);
    }
    if (!seen.add(node) || depth > MAX_DEPTH) {
      problems.add(
          new Problem(
              place,
              path,
              "an alias, or more than "
                  + MAX_DEPTH
                  + " levels; expected plain values. Write the values out."));
      return new Scalar(place, "", true);
    }
    if (node instanceof SequenceNode sequence) {
      List<YamlNode> items = new ArrayList<>();
      for (Node item : sequence.getValue()) {
        items.add(node(item, path + "[" + items.size() + "]", depth + 1));
      }
      return new Items(place, items);
    }
    return section((MappingNode) node, path, depth);
  }

  private Section section(MappingNode mapping, String path, int depth) {
    boolean optional = mapping.getTag().getValue().equals(OPTIONAL);
    Section section = new Section(place(mapping), optional);
    for (NodeTuple tuple : mapping.getValue()) {
      Place place = place(tuple.getKeyNode());
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        problems.add(new Problem(place, path, "a key that is no word; expected a name."));
        continue;
      }
      String keyPath = path.isEmpty() ? key.getValue() : path + "." + key.getValue();
      Entry value = new Entry(place, node(tuple.getValueNode(), keyPath, depth + 1));
      Entry earlier = section.entries().putIfAbsent(key.getValue(), value);
      if (earlier != null) {
        problems.add(
            new Problem(
                place,
                keyPath,
                "duplicate key, first given in line "
                    + earlier.place().line()
                    + ". Keep one of them."));
      }
    }
    return section;
  }
}
