using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.GrokWeb.AnswerImages;
using GrokForge.Upstream.GrokWeb.Tags;

namespace GrokForge.Upstream.GrokWeb.Answers;

/// <summary>What an answer is read by: the tags that are taken out of it, and the addresses that may not leave.</summary>
internal sealed record AnswerRules(TagNames Tags, MediaAddresses Media)
{
    public static AnswerRules Of(SettingsSnapshot settings) => new(new TagNames(settings.App.FilterTags), new MediaAddresses(settings.Upstream));
}
