using System.Security.Cryptography;
using System.Xml.Linq;
using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Stores;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace GrokForge.ServiceDefaults.Protection;

/// <summary>The keys that protect secrets at rest: in the data folder beside SQLite, in a table on Postgres. Replicas that start together end with the same keys.</summary>
internal sealed class KeyRing(Database database, DataFolder folder, MasterKey? master, TimeProvider time, ILoggerFactory loggers)
{
    public const string Application = "grokforge";

    public Database Database => database;

    public MasterKey? Master => master;

    /// <summary>The folder of the ring and of the fingerprint key; used beside SQLite only.</summary>
    public string Folder => folder.In("keys");

    /// <summary>Makes sure that the ring holds a key, and that this process can read every key of it.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (database.Kind == DatabaseKind.Sqlite)
            PrepareFolder();
        var repository = Repository();
        if (repository.GetAllElements().Count == 0)
        {
            await using var _ = await StoreLock.TakeAsync(database, time, cancellationToken);
            if (repository.GetAllElements().Count == 0)
                CreateFirstKey();
        }
        CheckReadable(repository);
    }

    /// <summary>A provider that reads the ring afresh.</summary>
    public ServiceProvider Open()
    {
        var services = new ServiceCollection();
        services.AddSingleton(loggers).AddLogging();
        Configure(services);
        return services.BuildServiceProvider();
    }

    /// <summary>Puts Data Protection of <paramref name="services"/> on this ring.</summary>
    public void Configure(IServiceCollection services)
    {
        if (master is not null)
            services.AddSingleton(master);
        services.AddDataProtection().SetApplicationName(Application);
        services.Configure<KeyManagementOptions>(keys =>
        {
            keys.XmlRepository = Repository();
            keys.XmlEncryptor = master is null ? new NullXmlEncryptor() : new KeyWrapper(master);
        });
    }

    private IXmlRepository Repository() => database.Kind == DatabaseKind.Postgres
        ? new PostgresKeyRepository(database)
        : new FileSystemXmlRepository(new DirectoryInfo(Folder), NullLoggerFactory.Instance);

    private void CreateFirstKey()
    {
        using var provider = Open();
        var now = time.GetUtcNow();
        provider.GetRequiredService<IKeyManager>().CreateNewKey(now, now.AddDays(90));
    }

    private void PrepareFolder()
    {
        folder.EnsureWritable();
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(Folder);
        else
            Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private void CheckReadable(IXmlRepository repository)
    {
        foreach (var wrapped in repository.GetAllElements().SelectMany(e => e.Descendants("wrappedKey")))
        {
            if (master is null)
                throw new StartRefusedException($"The key ring of {database.Describe()} is wrapped. Set {MasterKey.Variable} to the key it was written with.");
            if (!CanUnwrap(wrapped))
                throw new StartRefusedException($"{MasterKey.Variable} is not the key that the key ring of {database.Describe()} was written with. Set the earlier one again; nothing was changed.");
        }
    }

    private bool CanUnwrap(XElement wrapped)
    {
        using var services = new ServiceCollection().AddSingleton(master!).BuildServiceProvider();
        try
        {
            new KeyUnwrapper(services).Decrypt(wrapped);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
