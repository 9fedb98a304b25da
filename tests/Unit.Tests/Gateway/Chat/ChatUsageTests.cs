using GrokForge.Gateway.Chat;

namespace GrokForge.Unit.Tests.Gateway.Chat;

/// <summary>Counts that an upstream told: whatever they were, what is recorded is consistent.</summary>
public sealed class ChatUsageTests
{
    [Theory]
    [InlineData(5, 9, 4, 3, 5, 9, 4, 3)]
    [InlineData(-5, -9, -4, -3, 0, 0, 0, 0)]
    [InlineData(5, 9, 94, 30, 5, 9, 9, 5)]
    [InlineData(int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue, 100_000_000, 100_000_000, 100_000_000, 100_000_000)]
    [InlineData(int.MinValue, 1, int.MaxValue, int.MaxValue, 0, 1, 1, 0)]
    public void Only_what_can_be_true_is_taken(int prompt, int completion, int reasoning, int cached, int prompts, int completions, int reasonings, int caches)
    {
        var told = new Contracts.Chat.Usage { PromptTokens = prompt, CompletionTokens = completion, ReasoningTokens = reasoning, CachedTokens = cached };
        Assert.Equal(new ChatUsage(prompts, completions, reasonings, caches, Estimated: false), ChatUsage.Told(told));
    }

    [Fact]
    public void The_sum_of_absurd_choices_is_still_a_count()
    {
        var absurd = ChatUsage.Told(new Contracts.Chat.Usage { PromptTokens = int.MaxValue, CompletionTokens = int.MaxValue, ReasoningTokens = int.MaxValue });
        var all = ChatUsage.OfAll([absurd, absurd, absurd, absurd]);
        Assert.True(all.Completion > 0 && all.Reasoning <= all.Completion && all.Prompt + all.Completion > 0, all.ToString());
    }
}
