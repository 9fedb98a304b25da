using System.Text;
using GrokForge.Upstream.GrokWeb.Cards;
using GrokForge.Upstream.GrokWeb.Tags;

namespace GrokForge.Unit.Tests.Upstream.GrokWeb;

public sealed class ToolNoteTests
{
    [Theory]
    [InlineData("web_search", "<![CDATA[{\"query\":\"grok\"}]]>", "", "[WebSearch] grok")]
    [InlineData("web_search", "<![CDATA[{\"q\":\"a\\n b\"}]]>", "Agent 1", "[Agent 1][WebSearch] a b")]
    [InlineData("web_search", "{&quot;query&quot;:&quot;a &amp; b&quot;}", "", "[WebSearch] a & b")]
    [InlineData("search_images", "<![CDATA[{\"query\":\"q\",\"image_description\":\"a cat\"}]]>", "", "[SearchImage] a cat")]
    [InlineData("chatroom_send", "<![CDATA[{\"message\":\"hi\",\"to\":\"all\"}]]>", "Grok", "[Grok][AgentThink] hi")]
    [InlineData("web_search", "<![CDATA[{\"other\":1}]]>", "", "[WebSearch] {\"other\":1}")]
    [InlineData("web_search", "<![CDATA[no json]]>", "", "[WebSearch] no json")]
    [InlineData("browse_page", "<![CDATA[{\"url\":\"https://example.com\"}]]>", "", "browse_page {\"url\":\"https://example.com\"}")]
    [InlineData("browse_page", "<![CDATA[{}]]>", "Grok", "[Grok] browse_page {}")]
    public void A_card_becomes_one_line(string tool, string arguments, string rollout, string expected)
    {
        var card = "<xai:tool_usage_card><xai:tool_usage_card_id>x</xai:tool_usage_card_id><xai:tool_name>" + tool + "</xai:tool_name><xai:tool_args>" + arguments
            + "</xai:tool_args></xai:tool_usage_card>";
        Assert.Equal(expected, ToolNote.Of(new Element(Encoding.UTF8.GetBytes(card)), rollout));
    }

    [Theory]
    [InlineData("<grok:render card_id=\"Cd2\" card_type=\"citation_card\" type=\"render\"></grok:render>", "type", "render")]
    [InlineData("<grok:render card_id=\"Cd2\" type = 'a &gt; b'/>", "type", "a > b")]
    [InlineData("<grok:render type=bare>", "type", "bare")]
    [InlineData("<grok:render card_type=\"x\">", "type", "")]
    [InlineData("<grok:render>type=\"x\"</grok:render>", "type", "")]
    public void Attributes_are_read_by_their_whole_name(string element, string name, string expected) =>
        Assert.Equal(expected, new Element(Encoding.UTF8.GetBytes(element)).Attribute(name));
}
