using GrokForge.Admin.Passwords;
using GrokForge.ServiceDefaults.Hosting;

namespace GrokForge.Unit.Tests.Admin;

public sealed class VerbSecretTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grokforge-test-");
    private readonly VerbSecret _secret;

    public VerbSecretTests() => _secret = new VerbSecret(new DataFolder(_folder.FullName));

    private string FilePath => Path.Combine(_folder.FullName, VerbSecret.FileName);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_left_secret_opens_once()
    {
        var bearer = _secret.Leave();
        Assert.StartsWith("verb:", bearer);

        Assert.True(_secret.Use(bearer));
        Assert.False(_secret.Use(bearer));
        Assert.Empty(_folder.GetFiles());
    }

    [Fact]
    public void A_wrong_secret_opens_nothing_and_uses_nothing_up()
    {
        var bearer = _secret.Leave();
        Assert.False(_secret.Use("verb:"));
        Assert.False(_secret.Use(bearer + "x"));
        Assert.True(_secret.Use(bearer));
    }

    [Fact]
    public void Without_a_file_nothing_opens()
    {
        Assert.False(_secret.Use("verb:"));
        Assert.False(_secret.Use("verb:abc"));
    }

    [Fact]
    public void A_second_verb_replaces_what_the_first_left()
    {
        var first = _secret.Leave();
        var second = _secret.Leave();
        Assert.False(_secret.Use(first));
        Assert.True(_secret.Use(second));
    }

    [Fact]
    public async Task Of_many_who_hold_it_one_gets_in()
    {
        var bearer = _secret.Leave();
        var opened = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => _secret.Use(bearer), TestContext.Current.CancellationToken)));
        Assert.Equal(1, opened.Count(o => o));
    }

    [Fact]
    public void A_file_that_others_may_read_is_not_believed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such mode.");
        var bearer = _secret.Leave();
#pragma warning disable CA1416 // Not reached on Windows.
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
        File.SetUnixFileMode(FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
#pragma warning restore CA1416
        Assert.False(_secret.Use(bearer));
    }
}
